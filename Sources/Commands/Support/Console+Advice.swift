// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host

extension Console {
  /// Shows what helps with a refused patch, with commands that have the options of this command line.
  ///
  /// - Parameter tree: the tree that refused it.
  static func advise(_ advice: Advice?, onto tree: String) {
    guard let advice else { return }
    let text = advice.text(
      { CommandHint().text($0 == .resolve ? "resolve" : "backport", onto: tree) },
      quoted: Shell.quoted)
    error("\(.hint, "hint:") \(text)\n")
  }
}
