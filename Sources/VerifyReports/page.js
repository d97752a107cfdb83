// SPDX-License-Identifier: GPL-2.0-only
"use strict";
(() => {
  const { diagram, make, plural } = drawing;
  const report = JSON.parse(document.getElementById("report").textContent);
  const part = document.getElementById("part");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr[data-text]")];
  const overview = document.getElementById("overview");
  let filter = "all";

  // A commit id of an input, as a link where the page knows where commits are shown.
  const commits = document.body.dataset.commits;
  const linked = (text) => {
    if (!commits) return [text];
    return text.split(/\b([0-9a-f]{12,40})\b/).map((part, index) => index % 2 === 0 ? part
      : make("a", { href: commits.replace("%s", part), rel: "noopener noreferrer" }, part));
  };

  const copy = async (text, button) => {
    let isCopied = true;
    try {
      // A browser may keep the answer to itself, as it waits for a permission.
      const late = new Promise((_, reject) => { setTimeout(reject, 300); });
      await Promise.race([navigator.clipboard.writeText(text), late]);
    } catch {
      const field = make("textarea", { readonly: "" });
      field.value = text;
      document.body.append(field);
      field.select();
      isCopied = document.execCommand("copy");
      field.remove();
      button.focus();
    }
    button.textContent = isCopied ? "copied" : "select the command to copy it";
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  };

  // Advice, with a button for each command in quotes that copies it; a command may have quoted words.
  const advice = (text) => text.split(/'(patchkit (?:(?<=[\s=])'[^']*'|[^'])*)'/).flatMap((part, index) => {
    if (index % 2 === 0) return linked(part);
    const button = make("button", { type: "button", class: "copy", "aria-label": `copy: ${part}` },
      "copy");
    button.addEventListener("click", () => copy(part, button));
    return [make("code", { class: "command" }, part), " ", button];
  });

  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const isWanted = words.every((word) => row.dataset.text.includes(word)) &&
        (filter === "all" || row.dataset.status !== "holds");
      row.hidden = !isWanted;
      if (isWanted) count += 1;
    }
    for (const group of document.querySelectorAll("tbody[data-group]")) {
      group.hidden = [...group.querySelectorAll("tr[data-text]")].every((row) => row.hidden);
    }
    for (const finding of document.querySelectorAll("#findings .finding")) {
      const text = finding.textContent.toLowerCase();
      finding.hidden = !words.every((word) => text.includes(word));
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };

  const findingOf = (finding) => make("div", { class: `finding ${finding.severity}` },
    make("b", {}, finding.severity.replace("-", " ")), ": ", ...linked(finding.message), " ", make("code", {}, `[${finding.check}]`),
    finding.details.length ? make("ul", {},
      finding.details.map((line) => make("li", { class: "code" }, line))) : null,
    finding.hint ? make("div", { class: "hint" }, "hint: ", ...advice(finding.hint)) : null);

  const side = (kind, number, text) => make("div", { class: kind },
    make("span", { class: "number code" }, number === null ? "" : String(number)),
    make("span", { class: "text code" }, ...[text].flat()));

  // The words of two lines, those that only one of them has in a mark each.
  const words = (text) => text.match(/\s+|\w+|[^\s\w]/gu) ?? [];
  const marked = (left, right) => {
    const [a, b] = [words(left), words(right)];
    // A line of very many words is not worth a table of their square.
    if (a.length * b.length > 40000) return [[left], [right]];
    const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) {
        longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1
          : Math.max(longest[i + 1][j], longest[i][j + 1]);
      }
    }
    // Lines that have hardly a word in common are different lines.
    const common = longest[0][0];
    if (common * 3 < Math.max(a.length, b.length)) return [[left], [right]];
    const sides = [[], []];
    const put = (number, text, isOwn) => {
      const parts = sides[number];
      const last = parts[parts.length - 1];
      if (last && last.isOwn === isOwn) last.text += text;
      else parts.push({ text, isOwn });
    };
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) {
        put(0, a[i++], false);
        put(1, b[j++], false);
      } else if (j >= b.length || (i < a.length && longest[i + 1][j] >= longest[i][j + 1])) {
        put(0, a[i++], true);
      } else {
        put(1, b[j++], true);
      }
    }
    return sides.map((parts, number) => parts.map((part) => part.isOwn
      ? make(number === 0 ? "del" : "ins", {}, part.text) : part.text));
  };

  // The tree's lines, and the result of the patch.
  const beforeAndAfter = (hunk, shift) => {
    const grid = make("div", { class: "sides diff" });
    let before = hunk.oldStart + shift;
    let after = hunk.newStart + shift;
    let gone = [];
    let fresh = [];
    const flush = () => {
      for (let index = 0; index < Math.max(gone.length, fresh.length); index += 1) {
        let left = gone[index];
        let right = fresh[index];
        if (left && right) {
          const [own, other] = marked(left[1], right[1]);
          left = [left[0], own];
          right = [right[0], other];
        }
        grid.append(left ? side("gone", left[0], left[1]) : side("blank", null, ""),
          right ? side("new", right[0], right[1]) : side("blank", null, ""));
      }
      gone = [];
      fresh = [];
    };
    grid.append(make("div", { class: "head" }, `before, line ${before}`),
      make("div", { class: "head" }, `after, line ${after}`));
    for (const line of hunk.lines) {
      if (line.kind === "-") gone.push([before++, line.text]);
      else if (line.kind === "+") fresh.push([after++, line.text]);
      else {
        flush();
        grid.append(side("same twin", before++, line.text), side("same", after++, line.text));
      }
    }
    flush();
    return grid;
  };

  // Pairs the lines of two texts: equal ones in their order, and what is between them one with the other.
  const paired = (left, right) => {
    const rows = [];
    let [i, j] = [0, 0];
    while (i < left.length || j < right.length) {
      let best = null;
      for (let sum = 0; best === null && i + j + sum <= left.length + right.length; sum += 1) {
        for (let step = 0; step <= sum; step += 1) {
          const [a, b] = [i + step, j + sum - step];
          if (a < left.length && b < right.length && left[a] === right[b]) {
            best = [a, b];
            break;
          }
        }
      }
      const [a, b] = best ?? [left.length, right.length];
      while (i < a || j < b) rows.push([i < a ? i++ : null, j < b ? j++ : null]);
      if (best) rows.push([i++, j++]);
    }
    return rows;
  };

  // The patch's own hunk next to the one that is applied to the tree.
  const patchAndTree = (hunk, adapted) => {
    const grid = make("div", { class: "sides" },
      make("div", { class: "head" }, "the hunk of the patch"), make("div", { class: "head" }, "the adapted hunk"));
    const other = adapted.flatMap((one) => one.lines);
    const kinds = { "-": "gone", "+": "new", " ": "same" };
    const whole = (line) => line.kind + line.text;
    for (const [own, its] of paired(hunk.lines.map(whole), other.map(whole))) {
      const [left, right] = [hunk.lines[own], other[its]];
      const isTwin = left && right && whole(left) === whole(right);
      const texts = left && right && left.text !== right.text ? marked(left.text, right.text)
        : [[left?.text], [right?.text]];
      [left, right].forEach((line, number) => grid.append(line
        ? side(kinds[line.kind] + (isTwin ? number === 0 ? " twin" : "" : " differs"),
          isTwin ? null : ["patch", "tree"][number], texts[number])
        : side("blank", null, "")));
    }
    return grid;
  };

  // A refused hunk: what the patch expects compared with what the tree has there.
  const expectedAndThere = (hunk, there, isFirst) => {
    const grid = make("div", { class: "sides compare" },
      make("div", { class: "head" }, "the patch expects"),
      make("div", { class: "head" },
        `the tree has, from line ${there.oldStart}${isFirst ? " (at the first candidate)" : ""}`));
    const wanted = hunk.lines.filter((line) => line.kind !== "+").map((line) => line.text);
    const lines = there.lines.map((line) => line.text);
    const rows = paired(wanted, lines);
    // What the tree has around the hunk differs from nothing.
    const isPair = ([own, other]) => own !== null && other !== null;
    const [first, last] = [rows.findIndex(isPair), rows.findLastIndex(isPair)];
    for (const [index, [own, other]] of rows.entries()) {
      const [left, right] = [wanted[own], lines[other]];
      const isSame = left === right || (left === undefined && (index < first || index > last));
      const texts = !isSame && left !== undefined && right !== undefined
        ? marked(left, right) : [[left], [right]];
      grid.append(left === undefined ? side("blank", null, "")
        : side(isSame ? "same twin" : "gone", hunk.oldStart + own, texts[0]),
      right === undefined ? side("blank", null, "")
        : side(isSame ? "same" : "other", there.oldStart + other, texts[1]));
    }
    return grid;
  };

  const isApplied = (hunk) => !["ambiguous", "conflict", "missing-path"].includes(hunk.verdict);

  // A hunk; one that applies is folded where another one of the patch is refused.
  const hunkOf = (hunk, text, isFolded) => {
    const where = hunk.line === undefined ? `stated at line ${hunk.statedLine}` :
      hunk.line === hunk.statedLine ? `at line ${hunk.line}` :
        `at line ${hunk.line}, stated at line ${hunk.statedLine}`;
    const title = make("h3", {}, `hunk ${hunk.number}: `,
      make("span", { class: `status ${isApplied(hunk) ? "holds" : "fails"}` }, hunk.verdict), ` ${where}`);
    const parts = [];
    if (hunk.reason) parts.push(make("p", { class: "reason" }, hunk.reason));
    if (hunk.candidates.length) {
      parts.push(make("ul", { "aria-label": "candidate positions" },
        hunk.candidates.map((candidate) => make("li", {}, candidate.text))));
    }
    if (text && hunk.there) {
      parts.push(expectedAndThere(text, hunk.there, hunk.candidates.length > 1),
        make("p", {}, "The hunk as it is in the patch:"), beforeAndAfter(text, 0));
    } else if (text) {
      const applied = hunk.adapted ?? [text];
      const shift = hunk.adapted ? 0 : (hunk.line ?? hunk.statedLine) - text.oldStart;
      for (const one of applied) parts.push(beforeAndAfter(one, shift));
      if (hunk.adapted) parts.push(make("p", {}, "What was adapted:"), patchAndTree(text, hunk.adapted));
    }
    return isFolded ? [make("details", { class: "hunk" }, make("summary", {}, title), ...parts)] : [title, ...parts];
  };

  const portsOf = (folder) => {
    const parts = [];
    if (folder.ports) {
      const ports = folder.ports;
      parts.push(make("h2", {}, "Ports: ", make("span",
        { class: `status ${ports.verdict === "holds" ? "holds" : ports.verdict}` }, ports.verdict)));
      const line = (isBad, ...cells) => make("tr", {}, cells.map((cell, index) => make("td", {},
        isBad && index === cells.length - 1 ? make("span", { class: "status fails" }, cell) : cell)));
      const recorded = { fresh: "as in patch.lock", stale: "not as in patch.lock", "not-locked": "not in patch.lock yet" };
      const table = make("div", { class: "scroll" }, make("table", {},
        make("thead", {}, make("tr", {}, ["checked", "side of the patch", "port and C", "result"]
          .map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {},
          ports.functions.map((one) => line(one.lock === "stale", `C of ${one.name}`, one.side,
            one.port ?? `no port: ${one.reason ?? "no reason is given"}`,
            one.port ? recorded[one.lock] ?? one.lock : "")),
          ports.values.map((one) => line(!one.equal, `values of ${one.function}`, one.side,
            `${plural(one.cases, "case")}, ${plural(one.paths, "path")}`, one.equal ? "equal" : "different")),
          ports.traces.map((one) => line(!one.equal, `traces of ${one.scenario}`, one.side,
            `${one.port} of the port, ${one.c} of the C`, one.equal ? "equal" : "different")))));
      parts.push(ports.verdict !== "holds" ? table : make("details", {}, make("summary", {},
        [plural(ports.functions.length, "function"), plural(ports.values.length, "comparison") + " of values",
          plural(ports.traces.length, "comparison") + " of traces"].join(", ")), table));
    }
    // The scenarios that ended otherwise than expected come first; the steps of the others are folded.
    const scenarios = [...folder.scenarios].sort((one, other) => one.holds - other.holds);
    for (const scenario of scenarios) {
      parts.push(make("h2", {}, `Scenario ${scenario.name}, ${scenario.side}: `,
        make("span", { class: `status ${scenario.holds ? "holds" : "fails"}` }, scenario.verdict)));
      parts.push(make("p", {}, scenario.verdict === scenario.expected ? "" : `expected: ${scenario.expected}; `,
        `${plural(scenario.executions, "execution")}, ` + (scenario.outcomes.length
          ? `outcomes: ${scenario.outcomes.join(" | ")}` : "of which none ended")));
      if (!scenario.example) continue;
      const drawing = diagram(scenario.example, scenario.complaint);
      if (scenario.holds) {
        parts.push(make("details", {}, make("summary", {}, "One of these interleavings, step by step"), ...drawing));
      } else {
        parts.push(...drawing);
      }
    }
    return parts;
  };

  const show = () => {
    const match = /^#f(\d+)p(\d+)t(\d+)$/.exec(location.hash);
    const folder = match && report.folders[match[1]];
    const patch = folder && folder.patches[match[2]];
    const cell = patch && patch.cells[match[3]];
    part.replaceChildren();
    part.hidden = !cell;
    if (!cell) {
      const finding = /^#finding\d+$/.test(location.hash) && document.querySelector(location.hash);
      for (const one of document.querySelectorAll("#findings .finding")) one.classList.toggle("chosen", one === finding);
      return finding ? finding.scrollIntoView({ block: "start" }) : undefined;
    }
    const title = make("h2", { tabindex: "-1", id: "part-title" },
      `${patch.subject || patch.label} on ${cell.tree}: `,
      make("span", { class: `status ${cell.status}` }, cell.outcome?.verdict ?? "not tried"));
    const bad = links().filter((link) => !link.classList.contains("holds"));
    const at = bad.findIndex((link) => link.getAttribute("href") === location.hash);
    const neighbor = (step, words) => bad.length > (at < 0 ? 0 : 1)
      ? [" · ", make("a", { href: bad[(Math.max(at, step < 0 ? 0 : at) + step + bad.length) % bad.length].getAttribute("href") },
        words)] : [];
    const facts = { file: make("span", { class: "code" }, patch.file), expected: cell.expected,
      tree: make("span", {}, `${cell.tree}, `, cell.revision ? make("code", {}, cell.revision.slice(0, 12)) : "a folder") };
    if (patch.upstream) facts["upstream commit"] = make("span", { class: "code" }, ...linked(patch.upstream));
    const weights = ["error", "not-checked", "warning", "note"];
    const found = [...cell.findings, ...patch.findings,
      ...folder.findings.filter((one) => one.severity !== "note" && (!one.tree || one.tree === cell.tree))];
    part.append(make("nav", { "aria-label": "results" }, make("a", { href: "#overview" }, "back to all patches"),
      ...neighbor(-1, "previous with findings"), ...neighbor(1, "next with findings")), title,
    make("dl", {}, Object.entries(facts).map(([name, fact]) => [make("dt", {}, name), make("dd", {}, fact)]).flat()),
    ...weights.flatMap((weight) => found.filter((one) => one.severity === weight)).map(findingOf));
    const isRefused = cell.outcome?.applies === false;
    for (const file of cell.outcome?.files ?? []) {
      const text = patch.text?.[file.index];
      part.append(make("h2", {}, `${file.path}: ${file.verdict}`));
      if (file.reason) part.append(make("p", { class: "soft" }, file.reason));
      for (const hunk of file.hunks) {
        part.append(...hunkOf(hunk, text?.hunks[hunk.number - 1], isRefused && isApplied(hunk)));
      }
      // A file that the tree lacks has no result for its hunks.
      if (file.hunks.length || !text) continue;
      text.hunks.forEach((hunk, index) => part.append(
        make("h3", {}, `hunk ${index + 1} of the patch`), beforeAndAfter(hunk, 0)));
    }
    part.append(...portsOf(folder));
    title.focus({ preventScroll: true });
    part.scrollIntoView({ block: "start" });
  };

  // Arrow keys walk the matrix; one cell of it is in the order of Tab.
  const links = () => [...document.querySelectorAll(".matrix a.status")]
    .filter((link) => !link.closest("tr").hidden);
  const walk = (event) => {
    const link = event.target.closest?.(".matrix a.status");
    if (!link) return;
    const row = link.closest("tr");
    const column = [...row.children].indexOf(link.closest("td"));
    const visible = rows.filter((one) => !one.hidden);
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const move = step[event.key];
    if (!move) return;
    event.preventDefault();
    let [line, across] = [visible.indexOf(row), column];
    do {
      line += move[0];
      across += move[1];
      const next = visible[line]?.children[across]?.querySelector("a.status");
      if (next) return next.focus();
    } while (visible[line]?.children[across]);
  };

  // The findings are in the page already; their commands get a button each, and their ids a link.
  for (const hint of document.querySelectorAll("#findings .hint")) {
    hint.replaceChildren(...advice(hint.textContent));
  }
  for (const text of document.querySelectorAll("#findings .sentence, .matrix .subject")) {
    text.replaceChildren(...linked(text.textContent));
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target === search;
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      if (isTyping) search.value = "";
      apply();
      location.hash = "#overview";
      (isTyping ? search : links()[0])?.focus();
    } else if ((event.key === "n" || event.key === "p") && !isTyping) {
      const bad = links().filter((link) => !link.classList.contains("holds"));
      const now = bad.findIndex((link) => link.getAttribute("href") === location.hash);
      const step = event.key === "n" ? 1 : -1;
      const next = bad[(now < 0 && step < 0 ? 0 : now + step + bad.length) % bad.length];
      if (next) location.hash = next.getAttribute("href");
    } else {
      walk(event);
    }
  });
  search.addEventListener("input", apply);
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      filter = button.dataset.filter;
      for (const other of document.querySelectorAll("[data-filter]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      apply();
    });
  }
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  // Where the columns of all trees do not fit, the trees of a patch are listed below it.
  const matrix = document.querySelector(".matrix");
  const fit = () => {
    if (!matrix || overview.hidden) return;
    matrix.classList.remove("stacked");
    matrix.classList.toggle("stacked", matrix.scrollWidth > matrix.parentElement.clientWidth + 1);
  };
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
  });
  window.addEventListener("hashchange", show);
  overview.hidden = false;
  apply();
  fit();
  show();
})();
