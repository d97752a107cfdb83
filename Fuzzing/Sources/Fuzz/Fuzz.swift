// SPDX-License-Identifier: GPL-2.0-only

import FuzzProperties
import Glibc

/// The property of this run, by its name in the environment.
private let chosen = unsafe getenv("PATCHKIT_FUZZ").flatMap {
  unsafe Property(rawValue: String(cString: $0))
}

/// What libFuzzer calls for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let chosen else { return -1 }
  do {
    try unsafe chosen.check(Array(UnsafeBufferPointer(start: start, count: count)))
  } catch {
    // libFuzzer keeps the input of a trap.
    fatalError("\(error)")
  }
  return 0
}
