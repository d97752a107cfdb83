// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import Host
package import KernelTree
package import Symbols

/// Something about a patch that the user should check, with the reason.
public struct RiskNote: Sendable, Hashable {
  /// What kind of thing it is: each can be left out.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A narrow variable takes a wide result.
    case narrowing
    /// A lock is taken and a way out of the function does not give it back.
    case lock
    /// A result is thrown away that upstream looks at.
    case uncheckedReturn = "unchecked-return"
    /// Something that sleeps is called under a spinlock.
    case sleepUnderSpinlock = "sleep-under-spinlock"

    /// What is noted, as one sentence without a full stop.
    public var summary: String {
      switch self {
      case .narrowing: "a narrow variable gets a wide result"
      case .lock: "a lock is taken and not released on every return"
      case .uncheckedReturn: "a result is ignored that upstream checks"
      case .sleepUnderSpinlock: "a function that can sleep is called under a spinlock"
      }
    }
  }

  /// What kind of thing it is.
  public var kind: Kind
  /// The name of the function in which the risk is.
  public var function: String
  /// The path of the function's file below the tree's root.
  public var path: String
  /// The line of the post-image.
  public var line: Int
  /// The reason, as one sentence without a full stop.
  public var reason: String

  /// Makes one.
  package init(kind: Kind, function: String, path: String, line: Int, reason: String) {
    self.kind = kind
    self.function = function
    self.path = path
    self.line = line
    self.reason = reason
  }
}

/// Checks the functions that a patch changes, as they are after it.
///
/// What was there before the patch is not noted: only lines that the patch adds give rise to a note.
package struct RiskSearch {
  private let table: DefinitionTable
  private let tree: any KernelTree
  private var resultTypes: [String: String?] = [:]

  /// Makes a search on the target of an index.
  ///
  /// - Throws: `PatchkitError` where the target cannot be listed or read.
  package init(_ index: SymbolIndex) throws(PatchkitError) {
    table = try index.definitions()
    tree = index.tree
  }

  /// The notes on the changes that a patch makes, in the order of files and lines.
  package mutating func notes(on changes: [TreeChange]) -> [RiskNote] {
    var notes: [RiskNote] = []
    for change in changes {
      let path = change.path.description
      guard path.hasSuffix(".c") || path.hasSuffix(".h"), let after = change.after else { continue }
      let file = CSourceFile(after.content)
      if file.items.isEmpty { continue }
      let added = AddedLines(change.before?.content ?? [], after.content)
      for item in file.functions where added.touch(item.lines) {
        let body = FunctionBody(file, item, added)
        notes += narrowing(body, path)
        notes += locks(body, path)
        notes += sleeps(body, path)
      }
    }
    return notes
  }

  // MARK: Narrowing

  /// Types that do not fit an int.
  private static let wide: Set<String> = [
    "ssize_t", "size_t", "loff_t", "long", "unsigned long", "u64", "s64", "long long",
    "unsigned long long", "sector_t", "ext4_fsblk_t", "ktime_t", "__u64", "__s64", "off_t",
    "blkcnt_t", "pgoff_t",
  ]
  private static let narrow: Set<String> = [
    "int", "unsigned", "unsigned int", "u32", "s32", "short", "u16", "s16", "u8", "__u32",
  ]

  private mutating func narrowing(_ body: FunctionBody, _ path: String) -> [RiskNote] {
    var notes: [RiskNote] = []
    for (index, word) in body.words.enumerated()
    where word.text == "=" && index > 0 && index + 2 < body.words.count
      && body.words[index + 2].text == "(" && body.isAdded(word)
    {
      let variable = body.words[index - 1].text
      let callee = body.words[index + 1].text
      let before = index > 1 ? body.words[index - 2].text : ";"
      guard body.words[index + 1].isName, before != ".", before != "->", before != "*" || index < 3,
        let type = body.types[variable], Self.narrow.contains(type),
        let result = resultType(of: callee), Self.wide.contains(result),
        body.isWholeCall(from: index + 2)
      else { continue }
      notes.append(
        RiskNote(
          kind: .narrowing, function: body.name, path: path, line: word.line,
          reason: "'\(type) \(variable)' gets the \(result) that \(callee) returns"))
    }
    return notes
  }

  /// The type that a function of the tree returns; nil if it is unknown or ambiguous.
  private mutating func resultType(of name: String) -> String? {
    if let known = resultTypes[name] { return known }
    var types: Set<String> = []
    for symbol in table.symbols(named: name).prefix(8)
    where symbol.kind == .prototype || symbol.kind == .function {
      guard let path = try? TreePath(Array(symbol.path.utf8)),
        let content = (try? tree.file(at: path))??.content
      else { continue }
      let file = CSourceFile(content)
      guard
        let item = file.items.first(where: {
          Int($0.nameLine) == symbol.line && file.name(of: $0) == name
        }),
        let position = item.tokens.first(where: { file.tokens[$0].start == item.nameStart })
      else { continue }
      let words = file.words(in: Int(item.firstToken)..<position).filter {
        !["static", "inline", "extern", "const", "asmlinkage"].contains($0) && !$0.hasPrefix("__")
      }
      types.insert(words.contains("*") ? "*" : words.joined(separator: " "))
    }
    let type = types.count == 1 ? types.first : nil
    resultTypes[name] = .some(type)
    return type
  }

  // MARK: Locks

  /// What takes a lock, and what gives it back.
  private static let pairs = [
    "mutex_lock": "mutex_unlock", "spin_lock": "spin_unlock", "spin_lock_irq": "spin_unlock_irq",
    "spin_lock_irqsave": "spin_unlock_irqrestore", "spin_lock_bh": "spin_unlock_bh",
    "read_lock": "read_unlock", "write_lock": "write_unlock", "down_read": "up_read",
    "down_write": "up_write", "rcu_read_lock": "rcu_read_unlock",
    "raw_spin_lock": "raw_spin_unlock",
    "raw_spin_lock_irqsave": "raw_spin_unlock_irqrestore", "inode_lock": "inode_unlock",
    "lock_page": "unlock_page",
  ]

  private func locks(_ body: FunctionBody, _ path: String) -> [RiskNote] {
    // A function that is about locking gives back what it did not take.
    if body.name.contains("lock") { return [] }
    var notes: [RiskNote] = []
    for call in body.calls where body.isAdded(call.word) {
      guard let partner = Self.pairs[call.word.text] else { continue }
      let unlocks = body.calls.filter {
        $0.word.text == partner && $0.firstArgument == call.firstArgument
          && $0.position > call.position
      }
      guard let last = unlocks.last else {
        notes.append(
          RiskNote(
            kind: .lock, function: body.name, path: path, line: call.word.line,
            reason: "\(call.word.text)(\(call.firstArgument)) has no release after it"))
        continue
      }
      for exit in body.returns where exit.position > call.position && exit.position < last.position
      {
        // An unlock in the same block, or one around it, before the way out.
        let isGivenBack = unlocks.contains {
          $0.position < exit.position && exit.blocks.starts(with: $0.blocks)
        }
        // A lock that is taken in another block than the way out's may not be held there.
        if isGivenBack || !exit.blocks.starts(with: call.blocks) { continue }
        notes.append(
          RiskNote(
            kind: .lock, function: body.name, path: path, line: exit.line,
            reason: "returns with \(call.firstArgument) held, taken by \(call.word.text) in line"
              + " \(call.word.line)"))
      }
    }
    return notes
  }

  // MARK: Sleeping

  private static let sleepers: Set<String> = [
    "mutex_lock", "msleep", "ssleep", "schedule", "schedule_timeout", "wait_event", "down",
    "down_read", "down_write", "copy_from_user", "copy_to_user", "might_sleep", "vmalloc",
    "vzalloc",
    "wait_for_completion", "synchronize_rcu", "usleep_range", "cancel_work_sync", "flush_work",
    "wait_event_interruptible", "wait_event_timeout", "flush_workqueue", "kthread_stop",
    "cond_resched", "mutex_lock_interruptible", "schedule_timeout_uninterruptible",
  ]
  private static let allocators: Set<String> = [
    "kmalloc", "kzalloc", "kcalloc", "kmemdup", "kstrdup", "kmem_cache_alloc", "alloc_page",
    "alloc_pages",
  ]
  private static let spinlocks: Set<String> = [
    "spin_lock", "spin_lock_irq", "spin_lock_irqsave", "spin_lock_bh", "read_lock", "write_lock",
    "raw_spin_lock", "raw_spin_lock_irqsave",
  ]

  private func sleeps(_ body: FunctionBody, _ path: String) -> [RiskNote] {
    var notes: [RiskNote] = []
    for lock in body.calls where Self.spinlocks.contains(lock.word.text) {
      guard let partner = Self.pairs[lock.word.text] else { continue }
      // The first unlock on the lock's own way: one in an inner block ends that block's way alone.
      let end = body.calls.first {
        $0.word.text == partner && $0.firstArgument == lock.firstArgument
          && $0.position > lock.position && lock.blocks.starts(with: $0.blocks)
      }
      guard let end else { continue }
      for call in body.calls
      where call.position > lock.position && call.position < end.position {
        let given = body.calls.contains {
          $0.word.text == partner && $0.firstArgument == lock.firstArgument
            && $0.position > lock.position && $0.position < call.position
            && call.blocks.starts(with: $0.blocks)
        }
        let isSleeper =
          Self.sleepers.contains(call.word.text)
          || Self.allocators.contains(call.word.text) && call.arguments.contains("GFP_KERNEL")
        guard isSleeper, !given, body.isAdded(call.word) || body.isAdded(lock.word) else {
          continue
        }
        notes.append(
          RiskNote(
            kind: .sleepUnderSpinlock, function: body.name, path: path, line: call.word.line,
            reason: "\(call.word.text) can sleep, and \(lock.word.text)(\(lock.firstArgument)) of"
              + " line \(lock.word.line) is held"))
      }
    }
    return notes
  }
}
