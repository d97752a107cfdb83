// SPDX-License-Identifier: GPL-2.0-only

package import KernelModel

/// What a ported function is given, as its C is given it too.
package enum CallArgument: Sendable {
  /// A number, or an address that is only passed on.
  case integer(Int64)
  /// `struct inode *`.
  case inode(Inode)
  /// `struct kiocb *`.
  case kiocb(Kiocb)
  /// `struct iovec *`.
  case iovec(IOVector)
  /// `ext4_io_end_t *`.
  case ioEnd(IOEnd)
  /// `struct iov_iter *`.
  case iovIter(IOVIter)
  /// `bool *`.
  case flag(FlagCell)
}

/// A bool that a function sets through a pointer.
package final class FlagCell: @unchecked Sendable {
  // One thread, as with the kernel.

  /// The value.
  package var value: Bool

  /// Makes one.
  package init(_ value: Bool) { self.value = value }
}

/// Runs a function instead of its port: the C of the patch, with the same kernel.
package protocol FunctionCaller: Sendable {
  /// Runs a function as the task that is running.
  ///
  /// - Parameters:
  ///   - function: its name in C.
  ///   - arguments: what it is given.
  ///   - kernel: what its primitives ask.
  ///   - comm: what `current->comm` is.
  /// - Returns: what it returned: a number, or the number of the object that it points to.
  func call(
    _ function: String, _ arguments: [CallArgument], on kernel: Kernel, comm: String
  ) async -> Int64
}

/// Which side of a patch a function is on.
package enum PatchSide: String, Sendable, Hashable, Codable, CaseIterable {
  /// As it was before the patch.
  case before
  /// As the patch leaves it.
  case after
}

/// A function of a patch and its port.
package struct PortedFunction: Sendable {
  /// Its name in C.
  package var name: String
  /// The path of its file.
  package var path: String
  /// Which side of the patch the port is of.
  package var side: PatchSide
  /// The port's name in Swift.
  package var port: String
  /// How values for it are made; nil where it cannot be run alone.
  package var values: ValueDomain?

  /// Makes one.
  package init(
    _ name: String, in path: String, _ side: PatchSide, port: String, values: ValueDomain? = nil
  ) {
    self.name = name
    self.path = path
    self.side = side
    self.port = port
    self.values = values
  }
}

/// The numbers that a function alone is tried with.
package struct ValueDomain: Sendable {
  /// One of the numbers.
  package struct Parameter: Sendable {
    /// Its name for the user.
    package var name: String
    /// The values at which something may turn; also what a failure is shrunk towards, first things
    /// first.
    package var edges: [Int64]
    /// All other values; nil where the edges are all that makes sense.
    package var range: ClosedRange<Int64>?

    /// Makes one.
    package init(_ name: String, edges: [Int64], range: ClosedRange<Int64>? = nil) {
      self.name = name
      self.edges = edges
      self.range = range
    }

    /// Whether the number may have a value.
    package func allows(_ value: Int64) -> Bool {
      edges.contains(value) || range?.contains(value) ?? false
    }
  }

  /// A call that is ready to be made.
  package struct Call {
    /// The arguments of the C.
    package var arguments: [CallArgument]
    /// Runs the port.
    package var run: () async -> Int64

    /// Makes one.
    package init(
      _ arguments: [CallArgument], run: @escaping () async -> Int64
    ) {
      self.arguments = arguments
      self.run = run
    }
  }

  /// Every error that a kernel function may return: those of programs, and those of the kernel itself.
  package static let errnos: [Int64] = (1...133).map { -$0 } + (512...531).map { -$0 }

  /// The numbers.
  package var parameters: [Parameter]
  /// Functions of the C without parameters that are called once before all cases.
  package var preparations: [String] = []
  /// Moves numbers to where they matter together, such as to one below the file's size.
  package var relate: @Sendable (inout [Int64], inout any RandomNumberGenerator) -> Void
  /// Makes the objects that the numbers speak of, on a kernel that has just booted.
  package var prepare: @Sendable (Kernel, [Int64]) -> Call

  /// Makes a domain.
  package init(
    _ parameters: [Parameter],
    relate: @escaping @Sendable (inout [Int64], inout any RandomNumberGenerator) -> Void = { _, _ in
    },
    prepare: @escaping @Sendable (Kernel, [Int64]) -> Call
  ) {
    self.parameters = parameters
    self.relate = relate
    self.prepare = prepare
  }
}
