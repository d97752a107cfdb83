// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import Interleave
import KernelTree
import PatchFormat
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

  /// The code of an exploration's end; nil if nothing is wrong in any interleaving.
  static func code(of verdict: ExplorationVerdict) -> ExitCode? {
    switch verdict {
    case .exhausted: nil
    case .violation, .deadlock, .livelock, .starvation: refused
    case .boundReached, .invalid: notDone
    }
  }
}

/// Errors as the user reads them, and the exit code of each: nothing else maps them.
enum Failure {
  /// Says what happened, and ends with its exit code.
  ///
  /// - Parameter command: the words of the subcommand.
  static func exit(with error: any Error, of command: String) -> Never {
    var (text, code) = describe(error, of: command)
    // What was asked for, such as help: it goes to standard output, and a failure there is an error.
    if code == .success, !text.isEmpty {
      do { try Console.print(text) } catch { (text, code) = describe(error, of: command) }
      if code == .success { text = "" }
    }
    if !text.isEmpty { Console.error(text) }
    Patchkit.exit(withError: code)
  }

  /// An error as the user reads it.
  static func text(_ error: any Error) -> LabeledText { describe(error).text }

  /// An error as the user reads it, and its exit code.
  static func describe(_ error: any Error, of command: String = "") -> (
    text: LabeledText, code: ExitCode
  ) {
    switch error {
    case let code as ExitCode: return (LabeledText(), code)
    case let error as PatchkitError: return (text(error, of: command), ExitCode(error.exitCode))
    case let error as PatchFormatError: return describe(PatchkitError(error), of: command)
    case let error as ValidationError:
      let help = command.isEmpty ? "patchkit help" : "patchkit help \(command)"
      let hint = "'\(help)' shows the usage"
      return (text(PatchkitError(.badInput, error.message, hint: hint)), Exit.badInput)
    case let error as Defect:
      let problem = PatchkitError(
        .system, "this is a defect of patchkit: \(error.description)",
        consequence: "nothing was changed",
        hint: "report it, with the patch and the name of the tree")
      return (text(problem), Exit.defect)
    default:
      let code = Patchkit.exitCode(for: error)
      let text: LabeledText = "\(block: Patchkit.fullMessage(for: error))\n"
      return (text, code == .success ? code : Exit.badInput)
    }
  }

  /// What happened and where, why it matters, and what to do next.
  ///
  /// Damage of an input has the form of a compiler's message, so that editors find the line.
  private static func text(_ error: PatchkitError, of command: String = "") -> LabeledText {
    var text: LabeledText
    if let damage = error.damage {
      let line: LabeledText = error.line.map { ":\(.lineNumber, $0)" } ?? ""
      let origin = " [\(damage)" + (error.byte.map { ", byte \($0)" } ?? "") + "]"
      text = "\(.path, error.path)\(line): \(.bad, "error:") \(error.message)\(.faint, origin)\n"
    } else {
      // A name in it may have a newline; a line of its own could be a command for the program that reads the log.
      text = "\(.bad, "error:") \(error.description)\n"
    }
    for line in error.details { text += "\(code: line.utf8)\n" }
    return text + "  \(error.consequence)\n\(.hint, "hint:") \(advice(error, of: command))\n"
  }

  /// What to do next; not an option that the command does not have.
  private static func advice(_ error: PatchkitError, of command: String) -> String {
    guard error.advice.contains("--limit "), !command.isEmpty,
      !CommandHint.has("--limit", Patchkit.command(named: command))
    else { return error.advice }
    return "make the input smaller: 'patchkit \(command)' has no option for its limits"
  }
}
