// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

struct Split: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", _superCommandName: "patchkit",
    abstract: "Split a mailbox into its mails, one file each, byte for byte.",
    discussion: "Files are named as by git format-patch. Existing files are never overwritten.")

  @Argument(help: ArgumentHelp("The mailboxes.", valueName: "mbox"))
  var mailboxes: [String]

  @Option(
    name: [.short, .long], help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var output = "."

  @Option(
    name: .customLong("limit"), help: InputLimits.optionHelp(for: InputLimits.Name.allCases),
    transform: InputLimits.change)
  var limits: [(InputLimits.Name, Int)] = []

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    var files: [(name: String, bytes: [UInt8], source: String)] = []
    var names: Set<String> = []
    // A cover letter is number 0 of its series.
    var numbered = 0
    for name in mailboxes {
      let limits = InputLimits(limits)
      let document = PatchDocument(
        parsing: try InputFile.readUnpacked(
          name, largest: limits[.inputSize], unpacked: limits[.unpackedSize],
          kinds: .filesAndStreams),
        name: name, options: ParseOptions(limits: limits))
      for message in document.messages {
        let file = message.fileName(number: numbered + 1)
        if !file.hasPrefix("0000-") { numbered += 1 }
        if !names.insert(file).inserted {
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
    let paths = files.map { "\(output)/\($0.name)" }
    if json { return try Console.write(json: ["files": paths]) }
    try Console.print(paths.map { "\(.path, $0)\n" as LabeledText }.joined())
  }
}
