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
  /// Says what happened, and ends with its exit code.
  ///
  /// - Parameter command: the words of the subcommand.
  static func exit(with error: any Error, of command: String) -> Never {
    OpenedTree.settle()
    let (text, code) = describe(error, of: command)
    if !text.isEmpty { Console.error(text) }
    Patchkit.exit(withError: code)
  }

  /// An error as a person reads it.
  static func text(_ error: any Error) -> String { describe(error).text }

  /// An error as a person reads it, and its exit code.
  static func describe(_ error: any Error, of command: String = "") -> (
    text: String, code: ExitCode
  ) {
    let style = Console.errorStyle
    // What happened and where, why it matters, what to do next.
    func message(_ text: String, so consequence: String = "nothing was changed", hint: String?)
      -> String
    {
      style.removed("error:") + " " + TextStyle.harmless(text) + "\n  \(consequence)\n"
        + (hint.map { "hint: \(TextStyle.harmless($0))\n" } ?? "")
    }
    switch error {
    case let code as ExitCode: return ("", code)
    case let error as PatchFormatError:
      let finding = LintReport.Finding(error.input, error.diagnostic).text(style)
      var text = finding
      if error.others > 0 { text += "and \(plural(error.others, "more finding"))\n" }
      let hint =
        error.diagnostic.id == .noDiff
        ? "is this the file you meant?" : "'patchkit lint' lists all findings"
      return (text + "  nothing was changed\nhint: \(hint)\n", Exit.badInput)
    case let error as BackportError:
      let place = error.location.map { ":\($0.line)" } ?? ""
      let offset = error.location.map { " [byte \($0.offset)]" } ?? ""
      return (
        message(
          "\(error.input)\(place): \(error.message)\(offset)",
          hint: error.hint ?? "'patchkit show' says which files it names"),
        Exit.badInput
      )
    case let error as TreeError:
      let code: ExitCode =
        switch error.kind {
        case .noTree: Exit.badInput
        case .symlinkInTheWay, .wrongKind, .notAFile, .changedMeanwhile, .busy, .taken: Exit.refused
        case .system, .git: Exit.notDone
        }
      return (message(error.description, so: error.consequence, hint: error.advice), code)
    case let error as SeriesError:
      let code = error.kind == .badInput ? Exit.badInput : Exit.refused
      let hint = error.hint ?? "'patchkit series list' shows the patches and which are on the tree"
      return (message(error.description, hint: hint), code)
    case let error as LedgerError:
      let hint = error.hint ?? "'patchkit schema manifest' says what may stand in a patch.yaml"
      return (message(error.description, so: "nothing was checked", hint: hint), Exit.badInput)
    case let error as EvaluationError:
      let hint = error.hint ?? "'patchkit help evaluate' says what it needs"
      return (message(error.description, so: "nothing was tried", hint: hint), Exit.badInput)
    case let error as ValidationError:
      let help = command.isEmpty ? "patchkit help" : "patchkit help \(command)"
      return (message(error.message, hint: "'\(help)' says how it is used"), Exit.badInput)
    case let error as Defect:
      return (
        message(
          "this is a defect of patchkit: \(error.description)",
          hint: "please report it, with the patch and the name of the tree"),
        Exit.defect
      )
    default:
      let code = Patchkit.exitCode(for: error)
      if code == .success { Patchkit.exit(withError: error) }
      return (Patchkit.fullMessage(for: error) + "\n", Exit.badInput)
    }
  }
}
