// SPDX-License-Identifier: GPL-2.0-only

internal import Dispatch
internal import Host
internal import KernelModel
internal import Synchronization

/// A compiled side of a patch in a process of its own: its tasks are threads that run one at a time.
///
/// It is a process of its own, so that C that crashes or never returns ends nothing of ours.
final class CWorker: @unchecked Sendable {
  // One thread at a time: the explorer's, or the one that compares values.

  /// What the C asks for, or that it is done.
  enum Reply {
    /// It calls a primitive; `callers` are the addresses that led there, innermost first.
    case call(Int, object: Int, arguments: [Int64], text: String, callers: [Int64])
    /// It is done.
    case done(Ending)
  }

  /// How a call of the C ended.
  struct Ending {
    enum How: Int64 {
      case returned, brokenOff, asksOtherwise, failed
    }
    var how: How
    var value: Int64
    var why: String
    /// What the C stored to, where no port has such a store; empty for nothing.
    var stray: String
    /// The lengths of the iovecs and the flags of the io_ends, in the order of their definition.
    var state: [Int64]
  }

  private enum Incoming: UInt32 {
    case hello = 1, call, done, result
  }
  private enum Outgoing: UInt32 {
    case reset = 1, define, start, answer, abort, script, invoke, flush
  }

  private let socket: ProgramSocket
  private var output: [UInt8] = []
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  private var position = 0
  private var inputEnd = 0
  /// The primitives by the numbers that the C has for them.
  private(set) var primitives: [String] = []
  /// Whether looks at plain memory are asked for.
  private(set) var hasMemoryHooks = false
  /// How many seconds are waited for the next word.
  private var current = CWorker.patienceAtStart
  /// Why nothing more can be asked; nil while all is well.
  private(set) var failure: String?

  /// How long the C may take between two calls, in seconds.
  private static let patience = 20
  /// How long its start may take: on a busy machine a new program waits
  /// for its turn, which is not an error of the C.
  private static let patienceAtStart = 300

  /// What the C may use.
  ///
  /// It only computes and answers. A sanitizer reserves more memory than there is, and keeps a limit of its
  /// own.
  private static func limits(_ hasSanitizer: Bool, forks: Bool) -> Confinement {
    Confinement(
      seconds: 600, memory: hasSanitizer ? nil : 4 << 30, fileSize: 1 << 20, files: 32,
      processes: 64, writes: false, launch: forks ? .fork : .run)
  }

  /// Starts a program, lets a body talk to it on a thread of its own, and waits for its end.
  ///
  /// - Parameter forks: whether the program makes a process for each execution.
  /// - Returns: what the body gave, and what the program said on its standard error.
  static func run<Result: Sendable>(
    _ program: String, hasSanitizer: Bool, forks: Bool = false,
    _ body: @escaping @Sendable (CWorker) -> Result
  ) async throws(NotChecked) -> (Result, errors: String, isGood: Bool) {
    // Where the launcher confines a linker, it cannot change modes.
    do { try InputFile.makeExecutable(program) } catch {
      throw NotChecked("the compiled C cannot be run: \(error)")
    }
    let socket: ProgramSocket
    do throws(PatchkitError) { socket = try ProgramSocket() } catch {
      throw NotChecked("the compiled C cannot be run: \(error.message)")
    }
    do {
      let home = program.split(separator: "/" as Character).dropLast().reduce("") { $0 + "/" + $1 }
      let confined = limits(hasSanitizer, forks: forks).program(
        [program], in: home,
        adding: [
          "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:hard_rss_limit_mb=1024",
          "UBSAN_OPTIONS": "print_stacktrace=0",
        ])
      async let ended = confined.run(
        from: socket.ends.input, to: socket.ends.output, errors: 1 << 20)
      let result = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
          let worker = CWorker(socket)
          worker.waits(atMost: patienceAtStart)
          worker.readHello()
          worker.waits(atMost: patience)
          let result = body(worker)
          socket.close()
          continuation.resume(returning: result)
        }
      }
      let process = try await ended
      return (result, process.errors, process.status.isSuccess)
    } catch {
      throw NotChecked("the compiled C cannot be run: \(error)")
    }
  }

  private init(_ socket: ProgramSocket) { self.socket = socket }

  /// Sets how many seconds are waited for the next word.
  private func waits(atMost seconds: Int) {
    current = seconds
    socket.waits(atMost: seconds)
  }

  private func readHello() {
    guard let (kind, words) = readFrame(), kind == .hello, words.count > 1 else {
      return fail("the compiled C does not identify itself")
    }
    hasMemoryHooks = words[0] != 0
    var at = 1
    while at < words.count { primitives.append(Self.text(words, &at)) }
  }

  private func fail(_ why: String) { if failure == nil { failure = why } }

  // MARK: One task among others

  /// Forgets all objects.
  func reset() { put(.reset, []) }

  /// Makes an object known.
  func define(_ definition: Definition) { put(.define, [definition.kind] + definition.words) }

  /// Starts a function, and waits for what it asks first.
  func start(_ task: Int, _ function: Int, _ arguments: [Int64], comm: String) -> Reply {
    put(.start, Self.started(task, function, arguments, comm))
    return reply()
  }

  /// Gives a task its answer, and waits for what it asks next.
  func answer(_ task: Int, _ answer: Int64) -> Reply {
    put(.answer, [Int64(task), answer])
    return reply()
  }

  /// Breaks a task off.
  func abort(_ task: Int) -> Reply {
    put(.abort, [Int64(task), 0])
    return reply()
  }

  private static func started(
    _ task: Int, _ function: Int, _ arguments: [Int64], _ comm: String
  ) -> [Int64] {
    var words = [Int64(task), Int64(function)] + arguments
    words += repeatElement(0, count: max(0, 8 - arguments.count))
    var name = Array(comm.utf8.prefix(15))
    name += repeatElement(0, count: 16 - name.count)
    for half in [name[..<8], name[8...]] {
      words.append(half.reversed().reduce(0) { $0 << 8 | Int64($1) })
    }
    return words
  }

  private func reply() -> Reply {
    flush()
    let gone = Reply.done(Ending(how: .failed, value: 0, why: "", stray: "", state: []))
    guard failure == nil, let (kind, words) = readFrame() else { return gone }
    var at = 1
    switch kind {
    case .call:
      guard
        case .call(let primitive, let object, let arguments, let text, _) = Self.call(words, &at)
      else { return gone }
      return .call(
        primitive, object: object, arguments: arguments, text: text,
        callers: Array(words[min(at, words.count)...]))
    case .done: return Self.ending(words, &at).map { .done($0) } ?? gone
    case .hello, .result:
      fail("the compiled C answers out of turn")
      return gone
    }
  }

  private static func call(_ words: [Int64], _ at: inout Int) -> Reply? {
    guard at + 3 <= words.count else { return nil }
    let primitive = Int(words[at]) - 1
    let object = Int(words[at + 1])
    let count = Int(words[at + 2])
    guard count >= 0, at + 3 + count <= words.count else { return nil }
    let arguments = Array(words[(at + 3)..<(at + 3 + count)])
    at += 3 + count
    return .call(
      primitive, object: object, arguments: arguments, text: text(words, &at), callers: [])
  }

  private static func ending(_ words: [Int64], _ at: inout Int) -> Ending? {
    guard at + 3 <= words.count, let how = Ending.How(rawValue: words[at]) else { return nil }
    let value = words[at + 1]
    at += 2
    let why = text(words, &at)
    let stray = text(words, &at)
    return Ending(
      how: how, value: value, why: why, stray: stray,
      state: Array(words[min(at, words.count)...]))
  }

  private static func text(_ words: [Int64], _ at: inout Int) -> String {
    guard at < words.count else { return "" }
    let length = max(0, Int(words[at]))
    let count = min((length + 7) / 8, words.count - at - 1)
    var bytes: [UInt8] = []
    for word in words[(at + 1)..<(at + 1 + count)] {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> Int64(shift * 8))) }
    }
    at += 1 + count
    return String(decoding: bytes.prefix(length), as: UTF8.self)
  }

  // MARK: One task alone, with its answers at hand

  /// Adds a call whose primitives are answered from a script; `results` reads the result.
  func invoke(_ function: Int, _ arguments: [Int64], comm: String, script: [Int64]) {
    put(.script, script)
    put(.invoke, Self.started(0, function, arguments, comm))
  }

  /// The results of the calls that were added: what each asked for, and how it ended.
  func results(_ count: Int, _ body: (_ calls: [Reply], Ending) -> Void) {
    put(.flush, [])
    flush()
    for _ in 0..<count {
      guard failure == nil, let (kind, words) = readFrame() else { return }
      guard kind == .result else { return fail("the compiled C answers out of turn") }
      var at = 0
      var calls: [Reply] = []
      while at < words.count, words[at] != 0 {
        guard let call = Self.call(words, &at) else { break }
        calls.append(call)
      }
      at += 1
      guard let ending = Self.ending(words, &at) else {
        return fail("the compiled C sent a malformed answer")
      }
      body(calls, ending)
    }
  }

  // MARK: Bytes

  private func put(_ kind: Outgoing, _ words: [Int64]) {
    append(Int64(kind.rawValue) | Int64(words.count) << 32)
    for word in words { append(word) }
  }

  private func append(_ word: Int64) {
    unsafe withUnsafeBytes(of: word.littleEndian) { unsafe output.append(contentsOf: $0) }
  }

  private func flush() {
    defer { output.removeAll(keepingCapacity: true) }
    if failure == nil, !socket.send(output) { fail("the compiled C ended early") }
  }

  private func readFrame() -> (Incoming, [Int64])? {
    guard let head = readWord() else { return nil }
    let count = Int(head >> 32)
    guard let kind = Incoming(rawValue: UInt32(truncatingIfNeeded: head)), count >= 0,
      count <= 1 << 20
    else {
      fail("the compiled C uses an unknown protocol")
      return nil
    }
    var words: [Int64] = []
    words.reserveCapacity(count)
    for _ in 0..<count {
      guard let word = readWord() else { return nil }
      words.append(word)
    }
    return (kind, words)
  }

  private func readWord() -> Int64? {
    while inputEnd - position < 8 {
      // What is left of a word goes to the front.
      for index in position..<inputEnd { input[index - position] = input[index] }
      inputEnd -= position
      position = 0
      switch socket.receive(into: &input, from: inputEnd) {
      case .bytes(let count): inputEnd += count
      case .late:
        fail("the C did not reach its next call within \(current) seconds")
        return nil
      case .ended:
        fail("the compiled C ended early")
        return nil
      }
    }
    let word = unsafe input.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: position, as: Int64.self)
    }
    position += 8
    return Int64(littleEndian: word)
  }
}
