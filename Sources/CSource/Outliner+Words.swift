// SPDX-License-Identifier: GPL-2.0-only

// Which words are attributes, specifiers and keywords.
extension Outliner {
  /// Whether a word adds nothing to a type: static, inline, const and the like.
  func isSpecifier(_ part: Part) -> Bool {
    guard part.kind == .word else { return false }
    let range = tokens[part.first].range
    switch range.count {
    case 5: return matches(range, "const")
    case 6: return matches(range, "static") || matches(range, "extern") || matches(range, "inline")
    case 7: return matches(range, "notrace")
    case 8:
      return matches(range, "volatile") || matches(range, "noinline")
        || matches(range, "register")
    case 10: return matches(range, "asmlinkage") || isAnnotation(part)
    default: return isAnnotation(part)
    }
  }

  /// Whether a word is an attribute's: it begins with two underscores, and the word next to it is
  /// the name.
  func isAnnotation(_ part: Part) -> Bool {
    guard part.kind == .word || part.kind == .other else {
      return part.kind == .parentheses
    }
    let token = tokens[part.first]
    return token.first == UInt8(ascii: "_") && token.range.count > 2
      && bytes[Int(token.start) + 1] == UInt8(ascii: "_") && !isBuiltinType(token.range)
  }

  /// Whether a word is an attribute that follows a name.
  ///
  /// Other names may begin with two underscores as well.
  func isKnownAnnotation(_ part: Part) -> Bool {
    guard isAnnotation(part), part.kind == .word else { return isAnnotation(part) }
    return Self.annotations.contains(
      String(decoding: bytes[tokens[part.first].range], as: UTF8.self))
      || bytes[tokens[part.first].range].starts(with: Array("____cacheline".utf8))
  }

  private static let annotations: Set<String> = [
    "__initdata", "__initconst", "__read_mostly", "__ro_after_init", "__refdata", "__exitdata",
    "__maybe_unused", "__used", "__unused", "__packed", "__percpu", "__rcu", "__user", "__iomem",
    "__force", "__bitwise", "__randomize_layout", "__cacheline_aligned",
    "__cacheline_aligned_in_smp", "__aligned", "__attribute__", "__section", "__counted_by",
    "__nonstring", "__init", "__exit", "__visible", "__weak", "__must_check", "__always_unused",
    "__designated_init", "__latent_entropy", "__private", "__guarded_by", "__cpuinitdata",
    "__devinitdata", "__initdata_or_module", "__data_racy", "__kprobes", "__no_randomize_layout",
    "__ref", "__meminitdata", "__page_aligned_bss", "__page_aligned_data", "__bss_stack",
    "__attribute", "__restrict", "__const", "__volatile__", "__printf", "__scanf", "__cold",
    "__pure", "__malloc", "__noreturn", "__acquires", "__releases", "__must_hold", "__hidden",
  ]

  /// Whether a word with parentheses after it is an attribute of a type: `struct x __aligned(8) {`.
  func isAttribute(_ part: Part) -> Bool {
    isWord(part, "__attribute__") || isWord(part, "__aligned") || isWord(part, "__section")
      || isWord(part, "__attribute") || isWord(part, "__printf") || isWord(part, "__scanf")
      || isWord(part, "__alloc_size") || isWord(part, "__nonnull")
  }

  func isBuiltinType(_ range: Range<Int>) -> Bool {
    guard range.count >= 4, range.count <= 6 else { return false }
    // __u8 … __be64, __le16: types of the kernel's own interface.
    switch bytes[range.lowerBound + 2] {
    case UInt8(ascii: "u"), UInt8(ascii: "s"):
      return (0x30...0x39).contains(bytes[range.lowerBound + 3])
    case UInt8(ascii: "b"), UInt8(ascii: "l"):
      return bytes[range.lowerBound + 3] == UInt8(ascii: "e")
    default: return false
    }
  }

  func isStatementKeyword(_ part: Part) -> Bool {
    let range = tokens[part.first].range
    switch range.count {
    case 2: return matches(range, "if") || matches(range, "do")
    case 3: return matches(range, "for")
    case 4: return matches(range, "else") || matches(range, "case")
    case 5: return matches(range, "while")
    case 6: return matches(range, "switch") || matches(range, "return")
    default: return false
    }
  }
}
