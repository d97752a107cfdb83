// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

struct Split: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Split a mailbox into its mails, one file each, byte for byte.",
    discussion: "Files are named as by git format-patch. Existing files are never overwritten.")

  @Argument(help: ArgumentHelp("The mailboxes.", valueName: "mbox"))
  var mailboxes: [String]

  @Option(
    name: [.short, .long], help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var output = "."

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    var files: [(name: String, bytes: [UInt8], source: String)] = []
    for name in mailboxes {
      let bytes = try InputFile.read(name, kinds: .filesAndStreams)
      let document = PatchDocument(
        parsing: try PatchQueue.unpacked(bytes, of: name), name: name)
      for message in document.messages {
        let number = files.count(where: { !$0.name.hasPrefix("0000-") }) + 1
        let file = message.fileName(number: number)
        if files.contains(where: { $0.name == file }) {
          throw PatchkitError(
            .taken, path: file, "two mails would be written to this file",
            hint: "change the subject of one of them, or split the mailbox in two")
        }
        files.append((file, Array(document.source[message.range]), name))
      }
    }
    try TreeBounds.requireInside(output)
    try InputFile.makeFolder(output)
    // All or none: look first, so that the tenth name does not stop after nine were written.
    let taken = Set(try InputFile.names(in: output))
    for file in files where taken.contains(file.name) {
      throw PatchkitError(
        .taken, path: "\(output)/\(file.name)", "already exists",
        hint: "choose another folder with --output; nothing was written")
    }
    try DirectoryTree(path: output).land(
      try files.map { file in
        var change = TreeChange(
          path: try TreePath(Array(file.name.utf8)), before: nil,
          after: TreeFile(mode: .regular, content: file.bytes))
        change.copyOf = file.source == "-" ? nil : file.source
        return change
      })
    let names = files.map { "\(output)/\($0.name)" }
    if json { return try Console.write(try JSON.text(["files": names])) }
    try Console.print(names.map { "\(.path, $0)\n" as LabeledText }.joined())
  }
}
