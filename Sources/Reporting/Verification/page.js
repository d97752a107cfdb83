// SPDX-License-Identifier: GPL-2.0-only
"use strict";
(() => {
  const report = JSON.parse(document.getElementById("report").textContent);
  const part = document.getElementById("part");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr[data-text]")];
  const overview = document.getElementById("overview");
  let filter = "all";

  // Controls, bidirectional overrides and what else has no glyph, shown as the terminal shows them.
  const hex = (point, digits) => point.toString(16).toUpperCase().padStart(digits, "0");
  const visible = (text) => text
    .replace(/[\u0000-\u0008\u000B-\u001F\u007F]/g,
      (one) => "^" + String.fromCharCode(one.charCodeAt(0) ^ 64))
    .replace(/[\u0080-\u009F\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFDD0-\uFDEF\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF\u{E0000}-\u{E007F}]/gu,
      (one) => `<U+${hex(one.codePointAt(0), 4)}>`);

  const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

  // Everything of an input is put in here as text: nothing of it is ever markup.
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (value !== undefined && value !== null) element.setAttribute(name, value);
    }
    for (const child of children.flat()) {
      if (child === undefined || child === null) continue;
      element.append(typeof child === "string" ? visible(child) : child);
    }
    return element;
  };

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

  // Advice, with a button for each command in quotes that copies it.
  const advice = (text) => text.split(/'(patchkit [^']*)'/).flatMap((part, index) => {
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

  // The patch's own hunk next to the one that is applied to the tree.
  const patchAndTree = (hunk, adapted) => {
    const grid = make("div", { class: "sides" },
      make("div", { class: "head" }, "in the patch"), make("div", { class: "head" }, "in the tree"));
    const other = adapted.flatMap((one) => one.lines);
    const kinds = { "-": "gone", "+": "new", " ": "same" };
    for (let index = 0; index < Math.max(hunk.lines.length, other.length); index += 1) {
      const [left, right] = [hunk.lines[index], other[index]];
      const isTwin = left && right && left.text === right.text && left.kind === right.kind;
      const texts = left && right && left.text !== right.text ? marked(left.text, right.text)
        : [[left?.text], [right?.text]];
      [left, right].forEach((line, number) => grid.append(line
        ? side(kinds[line.kind] + (isTwin && number === 0 ? " twin" : ""),
          isTwin ? null : ["patch", "tree"][number], texts[number])
        : side("blank", null, "")));
    }
    return grid;
  };

  // A refused hunk: what the patch expects compared with what the tree has there.
  const expectedAndThere = (hunk, there) => {
    const grid = make("div", { class: "sides compare" },
      make("div", { class: "head" }, "the patch expects"),
      make("div", { class: "head" }, `the tree has, from line ${there.oldStart}`));
    const wanted = hunk.lines.filter((line) => line.kind !== "+").map((line) => line.text);
    const lines = there.lines.map((line) => line.text);
    // Pair equal lines in their order, and what is between them one with the other.
    const rows = [];
    let [i, j] = [0, 0];
    while (i < wanted.length || j < lines.length) {
      let best = null;
      for (let sum = 0; best === null && i + j + sum <= wanted.length + lines.length; sum += 1) {
        for (let step = 0; step <= sum; step += 1) {
          const [a, b] = [i + step, j + sum - step];
          if (a < wanted.length && b < lines.length && wanted[a] === lines[b]) {
            best = [a, b];
            break;
          }
        }
      }
      const [a, b] = best ?? [wanted.length, lines.length];
      while (i < a || j < b) rows.push([i < a ? i++ : null, j < b ? j++ : null]);
      if (best) rows.push([i++, j++]);
    }
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

  const hunkOf = (hunk, text) => {
    const where = hunk.line === undefined ? `stated at line ${hunk.statedLine}` :
      hunk.line === hunk.statedLine ? `at line ${hunk.line}` :
        `at line ${hunk.line}, stated at line ${hunk.statedLine}`;
    const parts = [make("h3", {}, `hunk ${hunk.number}: ${hunk.verdict}, ${where}`)];
    if (hunk.reason) parts.push(make("p", { class: "reason" }, hunk.reason));
    if (hunk.candidates.length) {
      parts.push(make("ul", {}, hunk.candidates.map((candidate) => make("li", {}, candidate.text))));
    }
    if (!text) return parts;
    if (hunk.there) {
      parts.push(expectedAndThere(text, hunk.there), make("p", {}, "The hunk, as the patch states it:"),
        beforeAndAfter(text, 0));
      return parts;
    }
    const applied = hunk.adapted ?? [text];
    const shift = hunk.adapted ? 0 : (hunk.line ?? hunk.statedLine) - text.oldStart;
    for (const one of applied) parts.push(beforeAndAfter(one, shift));
    if (hunk.adapted) parts.push(make("p", {}, "The same hunk as the patch has it:"),
      patchAndTree(text, hunk.adapted));
    return parts;
  };

  // What a step left in a part of the world: the words that it changed are marked. Where a part has several words,
  // such as the blocks of a file, a word that another task wrote before is marked as overwritten.
  const worldOf = (steps) => {
    const writers = {};
    return steps.map((step, index) => step.columns.map((column, number) => {
      const before = steps[index - 1]?.columns[number]?.text;
      const isShort = column.text.length <= 16;
      if (before === undefined || column.text === before) {
        return { isShown: index === 0, isShort, parts: [column.text] };
      }
      const [a, b] = [before.split(" "), column.text.split(" ")];
      const lost = [];
      const parts = b.flatMap((word, at) => {
        const space = at ? [" "] : [];
        if (a.length === b.length && a[at] === word) return [...space, word];
        const key = `${number} ${at}`;
        const isLost = b.length > 1 && a.length === b.length && (writers[key] ?? step.task) !== step.task;
        if (isLost) lost.push(`overwrites ${a[at]} of ${writers[key]}`);
        writers[key] = step.task;
        return [...space, make("mark", isLost ? { class: "lost" } : {}, word)];
      });
      return { isShown: true, isShort, parts: [...parts, ...lost.flatMap((text) => [" ", make("small", {}, text)])] };
    }));
  };

  // An interleaving: a lane for each task, what it did, and what that left.
  const diagram = (trace, complaint) => {
    const isActive = (task) => trace.steps.some((step) => step.task === task);
    // The letters are those by which the world names a task, as in 'held: i_mutex=a'.
    const tasks = trace.tasks.map((name, index) => ({ name, letter: String.fromCharCode(index < 26 ? 97 + index : 39 + index),
      color: `task${index % 6}` })).filter((task) => isActive(task.name));
    const names = (trace.steps[0]?.columns ?? []).map((column) => column.name);
    const cell = (attributes, ...children) => make("td", { role: "cell", ...attributes }, ...children);
    const heading = (attributes, ...children) =>
      make("th", { scope: "col", role: "columnheader", ...attributes }, ...children);
    const head = [heading({}, "step"),
      ...tasks.map((task) => heading({ class: `lane ${task.color}`, "aria-label": task.name }, task.letter)),
      heading({}, "task"), heading({}, "does"), ...names.map((name) => heading({}, name))];
    const world = worldOf(trace.steps);
    const lines = trace.steps.map((step, index) => {
      const own = tasks.find((task) => task.name === step.task);
      return make("tr", { role: "row" },
        make("th", { scope: "row", role: "rowheader" }, String(index + 1)),
        tasks.map((task) => cell({ class: task === own ? `lane on ${task.color}` : "lane" })),
        cell({ class: `task ${own.color}` }, make("b", {}, own.letter), " ", own.name),
        cell({ class: "code" }, step.operation, " ", make("i", {}, step.objects[0] ?? "")),
        world[index].map((part, number) => cell(
          { class: `code world${part.isShown ? "" : " soft"}${part.isShort ? " short" : ""}`,
            "data-name": names[number] },
          ...part.parts)));
    });
    const end = trace.outcome ? `outcome: ${trace.outcome}` : trace.waiting
      .map((one) => `${one.task} waits in ${one.operation} at ${one.source}` +
        (one.holder ? `, held by ${one.holder}` : "")).join("; ");
    return [...complaint ? [make("p", { class: "reason" }, complaint)] : [],
      make("div", { class: "scroll", tabindex: "0", role: "region",
        "aria-label": "interleaving, a line for each step" },
      make("table", { class: "diagram", role: "table" },
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, head)),
        make("tbody", { role: "rowgroup" }, lines))),
      make("p", {}, end, names.length ? ". Marked: what the step changed." : "")];
  };

  const portsOf = (folder) => {
    const parts = [];
    if (folder.ports) {
      const ports = folder.ports;
      parts.push(make("h2", {}, "Ports: ", make("span",
        { class: `status ${ports.verdict === "holds" ? "holds" : ports.verdict}` }, ports.verdict)));
      const line = (isBad, ...cells) => make("tr", {}, cells.map((cell, index) => make("td", {},
        isBad && index === cells.length - 1 ? make("span", { class: "status fails" }, cell) : cell)));
      const recorded = (lock) => lock === "not-locked" ? "not in patch.lock yet" : lock;
      parts.push(make("div", { class: "scroll" }, make("table", {},
        make("thead", {}, make("tr", {}, ["checked", "side of the patch", "port and C", "result"]
          .map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {},
          ports.functions.map((one) => line(one.lock === "stale", `C of ${one.name}`, one.side,
            one.port ?? `no port: ${one.reason ?? "no reason is given"}`,
            one.port ? recorded(one.lock) : "")),
          ports.values.map((one) => line(!one.equal, `values of ${one.function}`, one.side,
            `${plural(one.cases, "case")}, ${plural(one.paths, "path")}`, one.equal ? "equal" : "different")),
          ports.traces.map((one) => line(!one.equal, `traces of ${one.scenario}`, one.side,
            `${one.port} of the port, ${one.c} of the C`, one.equal ? "equal" : "different"))))));
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
    if (!cell) return;
    const title = make("h2", { tabindex: "-1", id: "part-title" },
      `${patch.subject || patch.label} on ${cell.tree}: `,
      make("span", { class: `status ${cell.status}` }, cell.outcome?.verdict ?? "not tried"));
    part.append(make("p", {}, make("a", { href: "#overview" }, "back to all patches")), title,
      make("dl", {}, make("dt", {}, "file"), make("dd", { class: "code" }, patch.file),
        make("dt", {}, "expected"), make("dd", {}, cell.expected)),
      ...[...patch.findings, ...cell.findings,
        ...folder.findings.filter((one) => one.severity !== "note" && (!one.tree || one.tree === cell.tree))].map(findingOf));
    for (const file of cell.outcome?.files ?? []) {
      const text = patch.text?.[file.index];
      part.append(make("h2", {}, `${file.path}: ${file.verdict}`));
      if (file.reason) part.append(make("p", { class: "soft" }, file.reason));
      for (const hunk of file.hunks) part.append(...hunkOf(hunk, text?.hunks[hunk.number - 1]));
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
