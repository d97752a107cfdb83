// SPDX-License-Identifier: GPL-2.0-only

internal import Subprocess
internal import SystemPackage

/// A program that runs to its end without the terminal: its words, its folder and its variables.
///
/// It reads nothing unless it is given a descriptor. A task that is cancelled kills its program.
package struct SystemProgram: Sendable {
  /// The variables that a program sees.
  package enum Variables: Sendable, Hashable {
    /// Those of this process, and some more.
    case inherited(adding: [String: String] = [:])
    /// These alone.
    case only([String: String])
  }

  /// How a program ended.
  package enum Status: Sendable, Hashable {
    /// It ended with a code.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32)

    /// Whether it ended with code 0.
    package var isSuccess: Bool { self == .exited(0) }
  }

  /// How a program ended, and what it printed.
  package struct Ended: Sendable {
    /// How it ended.
    package var status: Status
    /// What it printed on its standard output; empty where that was not read.
    package var output: [UInt8] = []
    /// What it printed on its standard error; empty where that was not read.
    package var errors = ""
  }

  /// The program and its arguments, each as it is.
  ///
  /// The program is a path where it has a slash, else a name that is looked up in the folders of `PATH`.
  package var words: [String]
  /// The folder that it starts in; nil for that of this process.
  package var folder: String?
  /// The variables that it sees.
  package var variables: Variables

  /// Takes the words of a command.
  package init(_ words: [String], in folder: String? = nil, _ variables: Variables = .inherited()) {
    self.words = words
    self.folder = folder
    self.variables = variables
  }

  /// Runs the program and waits for its end.
  ///
  /// - Parameters:
  ///   - output: how many bytes of its standard output are read; nil drops it.
  ///   - errors: how many bytes of its standard error are read; nil drops it.
  /// - Throws: swift-subprocess's error where it cannot be started, or prints more than that.
  package func run(output: Int? = nil, errors: Int? = nil) async throws -> Ended {
    switch (output, errors) {
    case (nil, nil): return Ended(status: try await run(.none, .discarded, .discarded).status)
    case (let most?, nil):
      let ended = try await run(.none, .bytes(limit: most), .discarded)
      return Ended(status: ended.status, output: ended.standardOutput)
    case (nil, let most?):
      let ended = try await run(.none, .discarded, .string(limit: most))
      return Ended(status: ended.status, errors: ended.standardError)
    case (let most?, let mostErrors?):
      let ended = try await run(.none, .bytes(limit: most), .string(limit: mostErrors))
      return Ended(
        status: ended.status, output: ended.standardOutput, errors: ended.standardError)
    }
  }

  /// Runs the program on two descriptors, which are closed here once it has started, and waits for its end.
  ///
  /// - Parameter errors: how many bytes of its standard error are read.
  /// - Throws: swift-subprocess's error where it cannot be started, or prints more than that.
  package func run(from input: Int32, to output: Int32, errors: Int) async throws -> Ended {
    let ended = try await run(
      .fileDescriptor(FileDescriptor(rawValue: input), closeAfterSpawningProcess: true),
      .fileDescriptor(FileDescriptor(rawValue: output), closeAfterSpawningProcess: true),
      .string(limit: errors))
    return Ended(status: ended.status, errors: ended.standardError)
  }

  /// Starts the program and waits for it: the one caller of swift-subprocess.
  private func run<Input: InputProtocol, Output: OutputProtocol, Errors: ErrorOutputProtocol>(
    _ input: Input, _ output: Output, _ errors: Errors
  ) async throws -> ExecutionResult<Void, Output, Errors> {
    try await Subprocess.run(
      words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
      arguments: Arguments(Array(words.dropFirst())), environment: environment,
      workingDirectory: folder.map { FilePath($0) }, input: input, output: output, error: errors)
  }

  private var environment: Environment {
    func keyed(_ variables: [String: String]) -> [Environment.Key: String] {
      Dictionary(
        uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0.key), $0.value) })
    }
    switch variables {
    case .inherited(let more): return .inherit.updating(keyed(more))
    case .only(let all): return .custom(keyed(all))
    }
  }
}

extension ExecutionResult {
  fileprivate var status: SystemProgram.Status {
    switch terminationStatus {
    case .exited(let code): .exited(code)
    case .signaled(let number): .signaled(number)
    }
  }
}
