// SPDX-License-Identifier: GPL-2.0-only

/// Something that a C file defines or declares.
public struct CItem: Sendable, Hashable {
  /// The kinds of items.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// A function with its body.
    case function
    /// A function without one.
    case prototype
    /// `#define`.
    case macro
    /// `struct X { … }`.
    case structure
    /// `union X { … }`.
    case union
    /// `enum X { … }`.
    case enumeration
    /// `typedef … X;`.
    case typedef
    /// A name in an enum.
    case enumerator
    /// A field of a structure or union.
    case member
    /// A variable outside of functions.
    case variable
    /// A macro used as a declaration: `DEFINE_MUTEX(x);`. Its name is the macro's first
    /// argument if that is a name, else the macro's own.
    case macroCall
  }

  /// The kind of the item, such as a function or a macro.
  public var kind: Kind
  /// Whether its name is an argument of the macro that makes it, as in `SYSCALL_DEFINE3(read, …)`.
  package var isMadeByMacro: Bool
  /// The position of its name, in bytes; empty if it has none.
  package var nameStart: UInt32
  /// The byte after its name.
  package var nameEnd: UInt32
  /// The line of its name, or of its start where it has none.
  package var nameLine: UInt32
  /// Its first line, from 1.
  package var firstLine: UInt32
  /// Its last line.
  package var lastLine: UInt32
  /// Its first token.
  package var firstToken: UInt32
  /// The token after its last.
  package var endToken: UInt32
  /// The token that opens a function's body or a type's braces; `endToken` where it has none.
  package var bodyToken: UInt32
  /// The item that it belongs to, for members and enumerators; -1 for none.
  package var parent: Int32
  /// The token that names its type (a tag or a typedef's name), or the macro that makes it.
  ///
  /// For members, variables and what a macro makes; `UInt32.max` for none.
  package var typeToken: UInt32

  /// Its tokens.
  package var tokens: Range<Int> { Int(firstToken)..<Int(endToken) }
  /// The first and the last line of the item in its file, from 1.
  public var lines: ClosedRange<Int> { Int(firstLine)...Int(max(firstLine, lastLine)) }
}
