// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

extension CSourceFile {
  /// The words of each parameter of a function; none for `(void)` and `()`.
  ///
  /// - Parameter position: the token of the function's name.
  func parameters(of item: CItem, named position: Int) -> [[String]] {
    var parameters: [[String]] = [[]]
    var depth = 0
    for token in tokens[(position + 1)..<Int(item.bodyToken)] {
      let text = text(of: token)
      if text == ")" {
        depth -= 1
        if depth == 0 { break }
      }
      if depth == 1, text == "," {
        parameters.append([])
      } else if depth > 0 {
        parameters[parameters.count - 1].append(text)
      }
      if text == "(" { depth += 1 }
    }
    return parameters == [["void"]] || parameters == [[]] ? [] : parameters
  }
}
