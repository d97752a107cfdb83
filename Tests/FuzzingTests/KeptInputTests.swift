// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import FuzzProperties
import TestSupport
import Testing

/// The fuzzing properties for the inputs that are kept; `Fuzzing/run` makes others of them.
@Suite struct KeptInputTests {
  @Test(arguments: Property.allCases) func holdsForEveryKeptInput(_ property: Property) throws {
    let folder = Project.path("Fuzzing/Corpus/\(property.rawValue)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(!names.isEmpty)
    for name in names {
      let bytes = try Files.read("\(folder)/\(name)")
      #expect(throws: Never.self, "\(property.rawValue)/\(name)") { try property.check(bytes) }
    }
  }

  /// Cuts each input at about 20 positions, and leaves out the byte there.
  @Test(arguments: Property.allCases) func holdsForCutInputs(_ property: Property) throws {
    let folder = Project.path("Fuzzing/Corpus/\(property.rawValue)")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let bytes = try Files.read("\(folder)/\(name)")
      for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 20)) {
        #expect(throws: Never.self, "\(property.rawValue)/\(name), cut at \(count)") {
          try property.check(Array(bytes.prefix(count)))
          try property.check(Array(bytes.prefix(count) + bytes.dropFirst(count + 1)))
        }
      }
    }
  }
}
