// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Evaluation
import KernelTree
import Ledger
import PatchFormat
import PatchSeries
import Reporting

/// The documented exit codes.
enum Exit {
  /// Refused, conflict or findings; the tree is untouched.
  static let refused = ExitCode(1)
  /// Usage or bad input.
  static let badInput = ExitCode(2)
  /// Something could not be checked, or the system refused.
  static let notDone = ExitCode(3)
  /// A defect of patchkit.
  static let defect = ExitCode(70)
}

/// Errors as a person reads them, and the exit code of each: the one place that maps them.
enum Failure {
  static func exit(with error: any Error) -> Never {
    OpenedTree.settle()
    let (text, code) = describe(error)
    if !text.isEmpty { Console.error(text) }
    Patchkit.exit(withError: code)
  }

  /// An error as a person reads it.
  static func text(_ error: any Error) -> String { describe(error).text }

  private static func describe(_ error: any Error) -> (text: String, code: ExitCode) {
    let style = Console.errorStyle
    func message(_ text: String, hint: String? = nil) -> String {
      style.removed("error:") + " " + TextStyle.harmless(text) + "\n"
        + (hint.map { "hint: \($0)\n" } ?? "")
    }
    switch error {
    case let code as ExitCode: return ("", code)
    case let error as PatchFormatError:
      let finding = LintReport.Finding(error.input, error.diagnostic).text(style)
      var text = finding
      if error.others > 0 { text += "and \(plural(error.others, "more finding"))\n" }
      let hint =
        error.diagnostic.id == .noDiff
        ? "is this the file you meant?" : "'patchkit lint' lists all findings; nothing was changed"
      return (text + "hint: \(hint)\n", Exit.badInput)
    case let error as BackportError:
      let place = error.location.map { ":\($0.line)" } ?? ""
      let offset = error.location.map { " [byte \($0.offset)]" } ?? ""
      return (
        message("\(error.input)\(place): \(error.message)\(offset)", hint: error.hint),
        Exit.badInput
      )
    case let error as TreeError:
      let code: ExitCode =
        switch error.kind {
        case .noTree: Exit.badInput
        case .symlinkInTheWay, .wrongKind, .notAFile, .changedMeanwhile, .busy: Exit.refused
        case .system, .git: Exit.notDone
        }
      return (message(error.description, hint: error.hint), code)
    case let error as SeriesError:
      let code = error.kind == .badInput ? Exit.badInput : Exit.refused
      return (message(error.description, hint: error.hint), code)
    case let error as LedgerError:
      return (message(error.description, hint: error.hint), Exit.badInput)
    case let error as EvaluationError:
      return (message(error.description, hint: error.hint), Exit.badInput)
    case let error as Defect:
      return (
        message(
          "this is a defect of patchkit: \(error.description)",
          hint: "nothing was changed; please report it"),
        Exit.defect
      )
    default:
      let code = Patchkit.exitCode(for: error)
      if code == .success { Patchkit.exit(withError: error) }
      return (Patchkit.fullMessage(for: error) + "\n", Exit.badInput)
    }
  }
}
