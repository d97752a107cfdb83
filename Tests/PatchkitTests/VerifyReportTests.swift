// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// The reports of `patchkit verify`: each read by an independent reader of its format, and merged from
/// shards.
@Suite struct VerifyReportTests {
  /// The project's own collection and one with every kind of finding, and names that no markup
  /// survives unescaped.
  func collection() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches"), to: "Patches")
    try scratch.copy(Project.path("Tests/Fixtures"), to: "Tests/Fixtures")
    // Without the trees that are only on some machines.
    let seed = "Patches/ext4-serialize-unaligned-aio"
    let manifest = String(decoding: try scratch.read("\(seed)/patch.yaml"), as: UTF8.self)
    let start = try #require(manifest.firstRange(of: "  - name: linux-6.1")).lowerBound
    let end = try #require(manifest.firstRange(of: "functions:")).lowerBound
    try scratch.write(
      "\(seed)/patch.yaml", String(manifest[..<start] + manifest[end...]))
    try removeFile(scratch.file("\(seed)/patch.lock"))
    try scratch.write("tree/a.txt", "one\ntwo\nthree\n")
    func patch(_ subject: String, _ old: String, _ new: String, _ file: String = "a.txt") -> String
    {
      "Subject: \(subject)\n\n---\n--- a/\(file)\n+++ b/\(file)\n@@ -1,3 +1,3 @@\n"
        + " one\n-\(old)\n+\(new)\n three\n"
    }
    let odd = "Odd & <b>\"'</script><script>document.title='broken'</script>"
    try scratch.write("Patches/odd/0001.patch", patch(odd, "two", "2 </script>"))
    try scratch.write("Patches/odd/0002,%:|.patch", patch("it fails", "2 <b>", "2"))
    try scratch.write(
      "Patches/odd/0003.patch", patch("there, as e9e3bcecf44c has it", "two", "2 </script>"))
    try scratch.write("Patches/odd/0004.patch", patch("\u{1}control", "2 </script>", "zwo"))
    try scratch.write(
      "Patches/odd/patch.yaml",
      "trees:\n  - {name: plain, at: ../../tree}\n  - {name: gone, at: ../../gone}\n")
    return scratch
  }

  func patchkit(_ scratch: Scratch, _ arguments: String...) async throws -> ProcessResult {
    try await run(
      Project.program, arguments, in: scratch.path,
      environment: ["XDG_CACHE_HOME": scratch.file("cache")])
  }

  func python(_ script: String, _ arguments: [String], in folder: String) async throws
    -> ProcessResult
  {
    guard let found = try? await run("python3", ["-c", "import jsonschema"]), found.code == 0 else {
      try Test.cancel("there is no python3 with jsonschema (python3-jsonschema)")
    }
    return try await run("python3", ["-c", script] + arguments, in: folder)
  }

  @Test func shardsComeToTheSameAsTheWhole() async throws {
    let scratch = try collection()
    let whole = try await patchkit(
      scratch, "verify", "--quiet", "--values", "200", "--executions", "30", "--report",
      "json=whole.json")
    #expect(whole.code == 1)
    for count in [2, 3, 7] {
      var names: [String] = []
      for index in 1...count {
        let name = "shard-\(count)-\(index).json"
        let part = try await patchkit(
          scratch, "verify", "--quiet", "--values", "200", "--executions", "30", "--shard",
          "\(index)/\(count)", "--report", "json=\(name)")
        #expect([0, 1, 3].contains(part.code), "\(part.errors)")
        names.append(name)
      }
      let merged = try await run(
        Project.program, ["report", "merge", "--json"] + names.reversed(), in: scratch.path)
      #expect(merged.code == whole.code)
      #expect(merged.output == (try scratch.read("whole.json")), "\(count) shards")
      // A part that was not checked does not count as passed.
      let lacking = try await run(
        Project.program, ["report", "merge"] + names.dropLast(), in: scratch.path)
      #expect(lacking.code == 2)
      #expect(lacking.errors.contains("shard \(count) of \(count) is missing"))
      let twice = try await run(
        Project.program, ["report", "merge"] + names + [names[0]], in: scratch.path)
      #expect(twice.code == 2 && twice.errors.contains("both this and"))
    }
    let other = try await patchkit(
      scratch, "report", "merge", "shard-2-1.json", "shard-3-2.json")
    #expect(other.code == 2 && other.errors.contains("different runs"))
    let none = try await patchkit(scratch, "report", "merge", "Patches/odd/patch.yaml")
    #expect(none.code == 2 && none.errors.contains("not a report of"))
  }

  @Test func ourManifestsAreWhatTheirSchemaSays() async throws {
    let scratch = try collection()
    try scratch.write(
      "manifest.json", try await patchkit(scratch, "schema", "manifest").output)
    let script = """
      import json, jsonschema, sys, yaml
      check = jsonschema.Draft7Validator(json.load(open('manifest.json')))
      for name in sys.argv[1:]:
          check.validate(yaml.safe_load(open(name)))
      assert list(check.iter_errors({'titel': 'x'}))
      assert list(check.iter_errors({'trees': [{'name': 'x'}]}))
      print('good')
      """
    guard (try? await run("python3", ["-c", "import yaml"]))?.code == 0 else {
      try Test.cancel("there is no python3 with yaml (python3-yaml)")
    }
    let names = [
      "Patches/ext4-serialize-unaligned-aio/patch.yaml",
      "Patches/ext4-count-unwritten-aio/patch.yaml", "Patches/odd/patch.yaml",
    ]
    let result = try await python(script, names, in: scratch.path)
    #expect(result.text == "good\n", "\(result.errors)")
  }

  @Test func annotationsAndMarkdownKeepTheirForm() async throws {
    let scratch = try collection()
    let github = try await patchkit(
      scratch, "verify", "Patches/odd", "--quiet", "--report", "github")
    let lines = github.text.split(separator: "\n")
    let fails = try #require(
      lines.first { $0.contains("expected verdict 'applies', got conflict") })
    #expect(
      fails.hasPrefix(
        "::error file=Patches/odd/0002%2C%25%3A|.patch,title=patchkit apply::on plain: expected verdict 'applies', got conflict"
      ))
    #expect(fails.contains("%0Ahint: "))
    #expect(lines.allSatisfy { $0.hasPrefix("::") || $0.hasPrefix("4 patches, 4 results: ") })
    let markdown = try await patchkit(
      scratch, "verify", "Patches/odd", "--quiet", "--report", "markdown")
    #expect(markdown.text.hasPrefix("## patchkit verify: fails\n"))
    #expect(markdown.text.contains("| odd/0002,%\\:\\|.patch | ✗ conflict | ? |"))
    #expect(!markdown.text.contains("<script>"))
    let terminal = try await patchkit(scratch, "verify", "Patches/odd", "--quiet")
    #expect(terminal.text.isEmpty)
    let text = try await patchkit(scratch, "verify", "Patches/odd")
    #expect(text.text.contains("odd/0002,%:|.patch  conflict !"))
    #expect(!text.text.contains("\u{1}"))
  }

  @Test func aSummaryOfManyPatchesStaysWithinWhatAPageTakes() async throws {
    let scratch = try Scratch()
    try scratch.write("tree/a", "one\n")
    let long = String(repeating: "long ", count: 1500)
    for number in 0..<450 {
      // One in three applies.
      let old = number % 3 == 0 ? "one" : "\(long)\(number)"
      try scratch.write(
        "Patches/\(1000 + number).patch",
        "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-\(old)\n+\(number)\n")
    }
    try scratch.write(
      "Patches/patch.yaml", "order: independent\ntrees:\n  - {name: t, at: ../tree}\n")
    let markdown = try await patchkit(
      scratch, "verify", "--quiet", "--report", "markdown", "--no-cache")
    #expect(markdown.code == 1 && markdown.output.count < 1 << 18)
    #expect(markdown.text.contains("\nand 250 more patches\n"))
    #expect(markdown.text.contains("\nand 100 more findings\n"))
    #expect(!markdown.text.contains("1000.patch"))
    // The terminal counts them, too.
    let text = try await patchkit(scratch, "verify", "--no-cache")
    #expect(text.text.contains("\nt: 300 conflict, 150 exact\n"))
    #expect(text.text.contains("410 more patches, counted below"))
  }

  @Test func thePageIsWhatAPersonNeeds() async throws {
    let scratch = try collection()
    // A patch of which one tree takes the first hunk and refuses the second, and the other refuses both.
    let seed = String(decoding: try Files.read(Project.seed), as: UTF8.self)
    try scratch.write(
      "Patches/refused/fix.patch",
      seed.replacing("ext4: serialize unaligned asynchronous DIO", with: "ext4: a refused one"))
    try scratch.write(
      "Patches/refused/patch.yaml",
      "trees:\n  - {name: conflict, at: ../../Tests/Fixtures/lab/conflict}\n"
        + "  - {name: twice, at: ../../Tests/Fixtures/lab/twice}\n")
    try scratch.write("other/b.txt", "1\n2\n3\n4\n5\n6\nseven, as here\n8\n")
    try scratch.write(
      "Patches/adapted/fix.patch",
      "Subject: an adapted one\n\n--- a/b.txt\n+++ b/b.txt\n@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+four\n"
        + " 5\n 6\n seven, as there\n")
    try scratch.write(
      "Patches/adapted/patch.yaml",
      "trees:\n  - {name: other, at: ../../other, expect: merged}\n")
    try scratch.write("Patches/unread/patch.yaml", "titel: x\n")
    try scratch.write(
      "Patches/unread/fix.patch",
      seed.replacing("ext4: serialize unaligned asynchronous DIO", with: "ext4: an unread one"))
    _ = try await patchkit(
      scratch, "verify", "--quiet", "--values", "50", "--executions", "10", "--report",
      "html=page.html")
    let page = String(decoding: try scratch.read("page.html"), as: UTF8.self)
    #expect(!page.contains("src=") && !page.contains("href=\"http"), "nothing but the page")
    // When the run was and how long it took, and which trees it was about.
    #expect(page.contains(/; run on \d{4}-\d\d-\d\d, \d+\.\d\d s</))
    #expect(page.contains("<small>a folder</small>"))
    #expect(
      page.contains(
        /<th scope="row">twice<\/th><td>a folder<\/td><td>1 ambiguous<\/td><td class="soft">\d+\.\d\d s</
      ))
    guard (try? await run("chromium", ["--version"]))?.code == 0 else {
      try Test.cancel("there is no chromium")
    }
    // A frame with the page in it, and a script that does what a user with a keyboard does.
    try scratch.write(
      "drive.html",
      """
      <!doctype html><body><pre id=out></pre><iframe id=f src="page.html" width=390 height=800></iframe>
      <script>
      const out = []; const say = (name, value) => out.push(name + ": " + value);
      f.onload = async () => {
        const d = f.contentDocument, w = f.contentWindow;
        const wait = (ms = 60) => new Promise(r => setTimeout(r, ms));
        const key = (k) => (d.activeElement ?? d.body).dispatchEvent(
          new w.KeyboardEvent("keydown", { key: k, bubbles: true, cancelable: true }));
        const rows = () => [...d.querySelectorAll("tr[data-text]")].filter(r => !r.hidden).length;
        say("title", d.title);
        say("rows", rows());
        say("fits", d.documentElement.scrollWidth <= 390);
        key("/"); say("search has focus", d.activeElement.id);
        d.activeElement.value = "conflict"; d.activeElement.dispatchEvent(new w.Event("input"));
        say("rows of conflict", rows());
        key("Escape"); say("rows after escape", rows());
        d.querySelector("[data-filter=bad]").click(); say("rows with findings", rows());
        d.querySelector("[data-filter=all]").click();
        const links = [...d.querySelectorAll(".matrix td a.status")];
        const link = (subject) => [...d.querySelectorAll("tr[data-text]")]
          .find(row => row.textContent.includes(subject)).querySelector("td a.status");
        link("it fails").focus(); key("ArrowDown");
        say("arrow goes down", links.includes(d.activeElement)
          && d.activeElement.closest("tr").rowIndex > link("it fails").closest("tr").rowIndex);
        say("groups", [...d.querySelectorAll(".group")].map(g => g.textContent).join(" | "));
        say("totals", d.querySelector(".totals").getAttribute("aria-label"));
        say("marks are explained", d.querySelectorAll("details.marks dt").length > 8);
        link("serialize unaligned").click(); await wait();
        say("part", d.querySelector("#part h2").textContent);
        say("part has focus", d.activeElement.tagName);
        say("upstream commit", d.querySelector("#part dd a")?.getAttribute("href"));
        say("hunk sides", d.querySelectorAll("#part .sides").length);
        say("port rows", d.querySelectorAll("#part table tr td").length > 20);
        say("diagrams", d.querySelectorAll("#part .diagram").length);
        say("steps that change something", d.querySelectorAll("#part .diagram mark").length > 10);
        say("what is lost", d.querySelector("#part .diagram").closest("section").textContent
          .includes("is lost"));
        say("which write is lost", [...d.querySelectorAll("#part .diagram .world")]
          .some(e => e.querySelector("mark.lost") && e.textContent.includes("overwrites 22 of disk 2")));
        say("nothing undefined", !/\\b(null|undefined|NaN)\\b/.test(d.querySelector("#part").textContent
          .replaceAll("= NULL", "")));
        const sign = (kind) => w.getComputedStyle(d.querySelector("#part .sides.diff > ." + kind), "::before").content;
        say("signs", sign("gone") + sign("new"));
        say("fits with part", d.documentElement.scrollWidth <= 390);
        key("Escape"); await wait(); say("part is gone", d.querySelector("#part").hidden);
        w.location.hash = link("it fails").getAttribute("href"); await wait();
        say("next finding", d.querySelector("#part h2").textContent);
        say("next to the tree", [...d.querySelectorAll("#part .sides .head")].slice(0, 2)
          .map(e => e.textContent).join(" | "));
        say("words marked", [...d.querySelectorAll("#part .sides del, #part .sides ins")]
          .map(e => e.textContent).slice(0, 2).join(" | "));
        const copy = d.querySelector("#part .hint button.copy");
        say("a command to copy", copy.getAttribute("aria-label"));
        copy.click(); await wait(1000); say("copying is answered", copy.textContent !== "copy");
        say("link to a commit", d.querySelector(".matrix .subject a")?.getAttribute("href"));
        // Every result opens, with all that belongs to it.
        let errors = 0;
        w.addEventListener("error", () => { errors += 1; });
        const scenarios = [];
        for (const one of d.querySelectorAll(".matrix td a.status")) {
          w.location.hash = one.getAttribute("href"); await wait(30);
          const text = d.querySelector("#part").textContent;
          scenarios.push([...d.querySelectorAll("#part h2")].filter(e => e.textContent.startsWith("Scenario ")).length);
          if (/\\b(undefined|NaN)\\b/.test(text) || d.querySelector("#part .task b")?.textContent === "?") errors += 1;
        }
        say("errors", errors);
        say("scenarios of the patch to refuse", scenarios.includes(11));
        // What is refused is open, what applies is folded above it.
        w.location.hash = link("a refused one").getAttribute("href"); await wait();
        say("folded", [...d.querySelectorAll("#part details.hunk summary")].map(e => e.textContent).join(" | "));
        say("refused first", d.querySelector("#part .finding b").textContent);
        say("tree of the part", [...d.querySelectorAll("#part dd")][2].textContent);
        [...d.querySelectorAll("#part nav a")].find(e => e.textContent.startsWith("next")).click(); await wait();
        say("the next one", d.querySelector("#part h2").textContent);
        say("candidates", d.querySelectorAll("#part ul[aria-label='candidate positions'] li").length);
        w.location.hash = link("an adapted one").getAttribute("href"); await wait();
        say("what was adapted", [...d.querySelectorAll("#part .sides .head")].some(e => e.textContent === "the adapted hunk")
          + " " + [...d.querySelectorAll("#part .differs ins")].map(e => e.textContent).join());
        // A check that fails without any result leads to its finding, and a finding to its result.
        const check = d.querySelector(".matrix a.check"); check.click(); await wait();
        say("a failed check", check.textContent + " " + d.querySelector("#findings .chosen b").textContent);
        d.querySelector("#findings .finding a[href^='#f'] code").parentElement.click(); await wait();
        say("from a finding to its result", !d.querySelector("#part").hidden);
        w.location.hash = link("Odd &").getAttribute("href"); await wait();
        say("odd subject is text", d.querySelector("#part h2").textContent.startsWith("Odd & <b>"));
        say("scripts", d.querySelectorAll("script").length);
        const light = getComputedStyle(d.body).backgroundColor;
        d.getElementById("theme").click();
        say("theme changes", light !== getComputedStyle(d.body).backgroundColor);
        // WCAG 2.1, 1.4.3: every text differs from what is below it by 4.5 to 1, in both themes.
        const channels = (text) => text.match(/[\\d.]+/g).map(Number);
        const luminance = (color) => channels(color).slice(0, 3).map(c => c / 255)
          .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
          .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
        const background = (element) => {
          for (let one = element; one; one = one.parentElement) {
            const color = w.getComputedStyle(one).backgroundColor;
            if ((channels(color)[3] ?? 1) > 0) return color;
          }
          return "rgb(255, 255, 255)";
        };
        const faint = () => [...d.body.querySelectorAll("*")].filter(e => e.offsetParent
          && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
          .filter(e => {
            const [a, b] = [luminance(w.getComputedStyle(e).color), luminance(background(e))];
            return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
          }).map(e => e.className || e.tagName);
        for (const subject of ["it fails", "serialize unaligned"]) {
          w.location.hash = link(subject).getAttribute("href"); await wait();
          for (const folded of d.querySelectorAll("details")) folded.open = true;
          say("faint in one theme, " + subject, faint().join(" ") || "none");
          d.getElementById("theme").click();
          say("faint in the other, " + subject, faint().join(" ") || "none");
        }
        for (const width of [360, 768, 1280]) {
          // Without a screen nothing is painted, and no event of a new size is sent.
          f.width = width; w.dispatchEvent(new w.Event("resize")); await wait(100);
          say("fits " + width, d.documentElement.scrollWidth <= width);
          const fits = (e) => e.scrollWidth <= e.parentElement.clientWidth;
          say("matrix and steps fit " + width,
            fits(d.querySelector(".matrix")) && [...d.querySelectorAll("#part .diagram")].every(fits));
        }
        const unnamed = [...d.querySelectorAll("button, input, a")].filter(e =>
          !(e.textContent.trim() || e.getAttribute("aria-label")));
        say("unnamed controls", unnamed.length);
        document.getElementById("out").textContent = out.join("\\n");
      };
      </script>
      """)
    let result = try await run(
      "timeout",
      [
        "60", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
        "--allow-file-access-from-files", "--virtual-time-budget=10000", "--dump-dom",
        "file://\(scratch.file("drive.html"))",
      ], in: scratch.path, environment: ["HOME": scratch.path])
    let said =
      result.text.components(separatedBy: "<pre id=\"out\">").last?
      .components(separatedBy: "</pre>").first ?? ""
    let lines = said.components(separatedBy: "\n")
    for line in [
      "title: patchkit verify: fails", "rows: 10", "fits: true", "search has focus: search",
      "rows of conflict: 2", "rows after escape: 10", "rows with findings: 6",
      "arrow goes down: true",
      "marks are explained: true",
      "part: ext4: serialize unaligned asynchronous DIO on lab: exact", "part has focus: H2",
      "hunk sides: 2", "port rows: true", "diagrams: 4", "fits with part: true",
      "part is gone: true", "next finding: it fails on plain: conflict",
      "odd subject is text: true", "scripts: 2", "theme changes: true", "unnamed controls: 0",
      "errors: 0", "scenarios of the patch to refuse: true", "refused first: error",
      "folded: hunk 1: offset at line 57, stated at line 55",
      "upstream commit: https://git.kernel.org/torvalds/c/e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d",
      "tree of the part: conflict, a folder",
      "the next one: ext4: a refused one on twice: ambiguous", "candidates: 4",
      "what was adapted: true here", "a failed check: manifest ! error",
      "from a finding to its result: true", "matrix and steps fit 768: true",
      "steps that change something: true", "what is lost: true",
      "next to the tree: the patch expects | the tree has, from line 1",
      "words marked: b | /script",
      "a command to copy: copy: patchkit backport --check --explain --onto tree "
        + "'Patches/odd/0002,%:|.patch'", "copying is answered: true",
      "link to a commit: https://git.kernel.org/torvalds/c/e9e3bcecf44c",
      "faint in one theme, it fails: none", "faint in the other, it fails: none",
      "faint in one theme, serialize unaligned: none",
      "faint in the other, serialize unaligned: none",
      "fits 360: true", "fits 768: true", "fits 1280: true", "matrix and steps fit 360: true",
      "matrix and steps fit 1280: true", "which write is lost: true", "nothing undefined: true",
      "signs: \"-\"\"+\"",
    ] {
      #expect(lines.contains(line), "\(line)\n\(said)\(result.errors.suffix(500))")
    }
  }
}
