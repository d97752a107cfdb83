// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles

extension MarkupText {
  /// The start of an HTML page up to the body: it loads nothing, and its style is in it.
  package static func pageHead(title: MarkupText) -> MarkupText {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    <title>\(title)</title>
    <style>
    \(verbatim: String(decoding: EmbeddedFile.content(of: "page.css"), as: UTF8.self))</style></head>
    """
  }
}
