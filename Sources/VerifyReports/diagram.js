// SPDX-License-Identifier: GPL-2.0-only
"use strict";
// What the report of a collection and the page of one interleaving are drawn with.
const drawing = (() => {
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

  // What each step left in each part of the world: the words that it changed are marked. A part with several words,
  // such as the blocks of a file, loses a word where another task overwrites it and the end does not have it.
  const worldOf = (steps) => {
    const writers = {};
    const notes = steps.map((step) => step.columns.map(() => ({ marks: new Map(), texts: [] })));
    steps.forEach((step, index) => step.columns.forEach((column, number) => {
      const before = steps[index - 1]?.columns[number]?.text;
      if (before === undefined || column.text === before) return;
      const [a, b] = [before.split(" "), column.text.split(" ")];
      const isList = b.length > 1 && a.length === b.length;
      const last = steps[steps.length - 1].columns[number].text.split(" ");
      b.forEach((word, at) => {
        if (a.length === b.length && a[at] === word) return;
        const earlier = isList ? writers[`${number} ${at}`] : undefined;
        const isLost = earlier !== undefined && steps[earlier].task !== step.task && !last.includes(a[at]);
        notes[index][number].marks.set(at, isLost ? "lost" : undefined);
        if (isLost) {
          notes[index][number].texts.push(`overwrites ${a[at]} of ${steps[earlier].task}`);
          notes[earlier][number].marks.set(at, "lost");
          notes[earlier][number].texts.push(`lost in step ${index + 1}`);
        }
        writers[`${number} ${at}`] = index;
      });
    }));
    return steps.map((step, index) => step.columns.map((column, number) => {
      const { marks, texts } = notes[index][number];
      const parts = column.text.split(" ").flatMap((word, at) => [...at ? [" "] : [],
        marks.has(at) ? make("mark", { class: marks.get(at) }, word) : word]);
      return { isShown: index === 0 || marks.size > 0, isShort: column.text.length <= 16,
        parts: [...parts, ...texts.flatMap((text) => [" ", make("small", {}, text)])] };
    }));
  };

  // An interleaving: a lane for each task, what it did, and what that left.
  const diagram = (trace, complaint) => {
    const isActive = (task) => trace.steps.some((step) => step.task === task);
    // The letters are those by which the world names a task, as in 'held: i_mutex=a'.
    const tasks = trace.tasks.map((name, index) => ({ name, letter: String.fromCharCode(index < 26 ? 97 + index : 39 + index),
      color: `task${index % 6}` })).filter((task) => isActive(task.name));
    const unknown = { name: "", letter: "?", color: "task5" };
    const names = (trace.steps[0]?.columns ?? []).map((column) => column.name);
    const cell = (attributes, ...children) => make("td", { role: "cell", ...attributes }, ...children);
    const heading = (attributes, ...children) =>
      make("th", { scope: "col", role: "columnheader", ...attributes }, ...children);
    const head = [heading({}, "step"),
      ...tasks.map((task) => heading({ class: `lane ${task.color}`, "aria-label": task.name }, task.letter)),
      heading({}, "task"), heading({}, "does"), ...names.map((name) => heading({}, name))];
    const world = worldOf(trace.steps);
    const lines = trace.steps.map((step, index) => {
      const own = tasks.find((task) => task.name === step.task) ?? { ...unknown, name: step.task };
      return make("tr", { role: "row" },
        make("th", { scope: "row", role: "rowheader" }, String(index + 1)),
        tasks.map((task) => cell({ class: task === own ? `lane on ${task.color}` : "lane" })),
        cell({ class: `task ${own.color}` }, make("b", {}, own.letter), " ", own.name),
        cell({ class: "code" }, step.operation, " ", make("i", {}, step.objects[0] ?? ""), " ",
          make("span", { class: "soft source" }, step.source)),
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
      make("p", {}, end, names.length ? ". Marked: what the step changed; in red, data that is lost." : "")];
  };

  return { diagram, make, plural, visible };
})();
