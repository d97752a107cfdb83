// SPDX-License-Identifier: GPL-2.0-only

import EmbeddedFiles
import TestSupport
import Testing

/// What the program brings along is what lies in the sources.
@Suite struct EmbeddedFileTests {
  @Test func theyAreTheFilesOfTheSources() throws {
    #expect(EmbeddedFile.all.count >= 20)
    #expect(Set(EmbeddedFile.all.map(\.name)).count == EmbeddedFile.all.count)
    for file in EmbeddedFile.all {
      let path = "\(Project.root)/Sources/\(file.folder)/\(file.name)"
      #expect(try Files.read(path) == file.content, "\(path)")
      #expect(EmbeddedFile.content(of: file.name) == file.content)
    }
  }

  /// A schema or a page that is added to the sources must be added to the list, too.
  @Test func noFileOfTheirFoldersIsLeftOut() throws {
    for folder in Set(EmbeddedFile.all.map(\.folder)) {
      let names = try Files.snapshot("\(Project.root)/Sources/\(folder)").keys
      let listed = Set(EmbeddedFile.all.filter { $0.folder == folder }.map(\.name))
      for name in names where !name.hasSuffix(".swift") {
        #expect(listed.contains(name), "\(folder)/\(name)")
      }
    }
  }
}
