// SPDX-License-Identifier: GPL-2.0-only

package import Interleave

extension ExecutionTrace {
  /// The tasks that make a step.
  var activeTasks: [String] {
    tasks.filter { name in steps.contains { $0.task == name } }
  }

  /// The execution as a table: a line for each step, a column for each task, then the world.
  package var table: LabeledText {
    let shown = activeTasks
    let names = steps.first?.columns.map(\.name) ?? []
    var rows = [([""] + shown + names + ["line"]).map { "\($0)" as LabeledText }]
    for (index, step) in steps.enumerated() {
      let what: LabeledText = "\(step.operation)\(step.objects.first.map { " \($0)" } ?? "")"
      rows.append(
        ["\(index + 1)"] + shown.map { $0 == step.task ? what : LabeledText() }
          + step.columns.map { "\($0.text)" } + ["\(step.source)"])
    }
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].width }.max() ?? 0
    }
    var text = LabeledText()
    for row in rows {
      let filled = row.lastIndex { !$0.isEmpty } ?? 0
      text += row[...filled].enumerated().map { column, cell in
        column == filled ? cell : cell.padded(to: widths[column])
      }.joined(separator: "  ")
      text += "\n"
    }
    if let outcome { text += "outcome: \(outcome)\n" }
    for waiting in waiting {
      text += "\(waiting.task) waits in \(waiting.operation) at \(waiting.source)"
      text += waiting.holder.map { ", held by \($0)\n" } ?? "\n"
    }
    return text
  }

  /// The execution as a page of its own: a sequence diagram, a column for each task, a line for each
  /// step.
  package func page(title: String) -> String {
    let shown = activeTasks
    let names = steps.first?.columns.map(\.name) ?? []
    var rows = MarkupText()
    for (index, step) in steps.enumerated() {
      rows += "<tr><th scope=\"row\">\(index + 1)</th>"
      for column in step.columns { rows += "<td><code>\(column.text)</code></td>" }
      for task in shown {
        let object: MarkupText = step.objects.first.map { " <i>\($0)</i>" } ?? ""
        rows +=
          task == step.task
          ? "<td class=\"on\">\(step.operation)\(object)<i>\(step.source)</i></td>"
          : "<td class=\"off\"></td>"
      }
      rows += "</tr>\n"
    }
    let head = (["step"] + names + shown).map { "<th scope=\"col\">\($0)</th>" as MarkupText }
      .joined()
    let end: MarkupText =
      outcome.map { "<p>Outcome: <b>\($0)</b></p>" }
      ?? waiting.map { waiting -> MarkupText in
        let holder: MarkupText = waiting.holder.map { ", held by \($0)" } ?? ""
        return """
          <p>\(waiting.task) waits in <code>\(waiting.operation)</code> at \(waiting.source)\
          \(holder)</p>
          """
      }.joined()
    let page: MarkupText = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      :root { color-scheme: light dark; }
      body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; }
      div { overflow-x: auto; }
      table { border-collapse: collapse; }
      th, td { padding: .15rem .6rem; text-align: left; white-space: nowrap; }
      thead th { position: sticky; top: 0; background: Canvas; border-bottom: 2px solid; }
      tbody th { font-weight: normal; opacity: .6; }
      td.off { background: linear-gradient(currentColor, currentColor) 1.2rem 0 / 1px 100% no-repeat; opacity: .25; }
      td.on i { display: block; font-size: 85%; opacity: .8; }
      td.on { border: 1px solid; border-radius: .3rem; background: color-mix(in srgb, Highlight 18%, Canvas); }
      </style></head><body>
      <h1>\(title)</h1>
      <div><table><thead><tr>\(head)</tr></thead><tbody>
      \(rows)</tbody></table></div>
      \(end)
      </body></html>

      """
    return page.text
  }
}
