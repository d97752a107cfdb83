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
    make("b", {}, finding.severity), " ", ...linked(finding.message), " ", make("code", {}, `[${finding.check}]`),
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
    const grid = make("div", { class: "sides" });
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
        grid.append(side("same", before++, line.text), side("same-right", after++, line.text));
      }
    }
    flush();
    return grid;
  };

  // The patch's own hunk next to the one that is applied to the tree.
  const patchAndTree = (hunk, adapted) => {
    const grid = make("div", { class: "sides" },
      make("div", { class: "head" }, "the patch"), make("div", { class: "head" }, "the tree"));
    const other = adapted.flatMap((one) => one.lines);
    const kinds = { "-": "gone", "+": "new", " ": "same" };
    for (let index = 0; index < Math.max(hunk.lines.length, other.length); index += 1) {
      const [left, right] = [hunk.lines[index], other[index]];
      const texts = left && right && left.text !== right.text ? marked(left.text, right.text)
        : [[left?.text], [right?.text]];
      [left, right].forEach((line, number) => grid.append(line
        ? side(kinds[line.kind], null, [line.kind, ...texts[number]]) : side("blank", null, "")));
    }
    return grid;
  };

  // A refused hunk: what the patch expects compared with what the tree has there.
  const expectedAndThere = (hunk, there) => {
    const grid = make("div", { class: "sides" },
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
        : side(isSame ? "same" : "gone", hunk.oldStart + own, texts[0]),
      right === undefined ? side("blank", null, "")
        : side(isSame ? "same-right" : "other", there.oldStart + other, texts[1]));
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
      parts.push(expectedAndThere(text, hunk.there), make("p", {}, "What the hunk would do:"),
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

  // A state column's words, those that this step changed in a mark; what another task had written there
  // and is gone, in another.
  const state = (now, before) => {
    if (before === undefined || now === before) return [now];
    const [a, b] = [before.split(" "), now.split(" ")];
    return b.flatMap((word, index) => {
      const space = index ? [" "] : [];
      if (a.length === b.length && a[index] === word) return [...space, word];
      return [...space, make("mark", { title: `was ${a[index] ?? "nothing"}` }, word)];
    });
  };

  const diagram = (trace, complaint) => {
    const tasks = trace.tasks.filter((task) => trace.steps.some((step) => step.task === task));
    const names = (trace.steps[0]?.columns ?? []).map((column) => column.name);
    const head = [make("th", { scope: "col" }, "step"),
      ...tasks.map((name, index) => make("th", { scope: "col", class: `task${index % 6}` }, name)),
      ...names.map((name) => make("th", { scope: "col" }, name))];
    const lines = trace.steps.map((step, index) => make("tr", {},
      make("th", { scope: "row" }, String(index + 1)),
      tasks.map((task, number) => task === step.task
        ? make("td", { class: `on code task${number % 6}` }, step.operation, " ",
          make("i", {}, step.objects[0] ?? ""))
        : make("td", { class: "off" })),
      step.columns.map((column, number) => make("td", { class: "code" },
        ...state(column.text, trace.steps[index - 1]?.columns[number]?.text)))));
    const end = trace.outcome ? `outcome: ${trace.outcome}` : trace.waiting
      .map((one) => `${one.task} waits in ${one.operation} at ${one.source}` +
        (one.holder ? `, held by ${one.holder}` : "")).join("; ");
    return [complaint ? make("p", { class: "reason" }, complaint) : null,
      make("div", { class: "scroll", tabindex: "0", role: "region",
        "aria-label": "interleaving, a line for each step" }, make("table", { class: "diagram" },
        make("thead", {}, make("tr", {}, head)), make("tbody", {}, lines))),
      make("p", {}, end, names.length ? ". Marked: what the step changed." : "")];
  };

  const portsOf = (folder) => {
    const parts = [];
    if (folder.ports) {
      const ports = folder.ports;
      parts.push(make("h2", {}, "Ports: ", make("span",
        { class: `status ${ports.verdict === "holds" ? "holds" : ports.verdict}` }, ports.verdict)));
      const line = (...cells) => make("tr", {}, cells.map((cell) => make("td", {}, cell)));
      parts.push(make("div", { class: "scroll" }, make("table", {},
        ports.functions.map((one) => line(one.name, one.side,
          one.port ?? `no port: ${one.reason ?? "no reason is given"}`, one.port ? one.lock : "")),
        ports.values.map((one) => line(`values of ${one.function}`, one.side,
          `${one.cases} cases, ${one.paths} paths`, one.equal ? "equal" : "different")),
        ports.traces.map((one) => line(`traces of ${one.scenario}`, one.side,
          `${one.port} of the port, ${one.c} of the C`, one.equal ? "equal" : "different")))));
    }
    for (const scenario of folder.scenarios) {
      parts.push(make("h2", {}, `Scenario ${scenario.name}, ${scenario.side}: `,
        make("span", { class: `status ${scenario.holds ? "holds" : "fails"}` }, scenario.verdict)));
      parts.push(make("p", {}, `${scenario.executions} executions, outcomes: ` +
        scenario.outcomes.join(" | ")));
      if (scenario.example) parts.push(...diagram(scenario.example, scenario.complaint));
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
      ...[...patch.findings, ...cell.findings].map(findingOf));
    for (const file of cell.outcome?.files ?? []) {
      const text = patch.text?.[file.index];
      part.append(make("h2", {}, `${file.path}: ${file.verdict}`));
      if (file.reason) part.append(make("p", { class: "soft" }, file.reason));
      for (const hunk of file.hunks) part.append(...hunkOf(hunk, text?.hunks[hunk.number - 1]));
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
  window.addEventListener("hashchange", show);
  overview.hidden = false;
  apply();
  show();
})();
