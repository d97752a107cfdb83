// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import PatchFormat

/// The first stage: the file patches of a patch in the order in which they are applied, their names
/// stripped and checked.
struct PathStage {
  let patch: Patch
  let options: ApplyOptions

  /// The file patches that the filter takes, and how many it excludes.
  ///
  /// - Throws: `PatchkitError` where a name cannot be used.
  func tasks() throws(PatchkitError) -> (tasks: [FileTask], excluded: Int) {
    var tasks: [FileTask] = []
    var excluded = 0
    // Of a patch that is reverse-applied, the last change is undone first.
    let order =
      options.isReversed ? Array(patch.files.indices.reversed()) : Array(patch.files.indices)
    for index in order {
      let original = patch.files[index]
      let task = try task(index, options.isReversed ? original.reversed : original)
      guard let shown = task.new ?? task.old, options.filter.takes(shown.bytes) else {
        excluded += 1
        continue
      }
      tasks.append(task)
    }
    if options.isReversed {
      // A copy is compared with its source, which the others have to restore first.
      tasks = tasks.filter { $0.file.change != .copy } + tasks.filter { $0.file.change == .copy }
    }
    return (tasks, excluded)
  }

  private func task(_ index: Int, _ file: FilePatch) throws(PatchkitError) -> FileTask {
    let strip = options.strip ?? file.usualStrip
    guard let paths = file.paths(strip: strip) else {
      throw failure(
        file, "-p\(strip) removes more components than a path in this header has",
        hint: "try -p0, or a smaller number")
    }
    if file.change == .modify, let old = paths.old, let new = paths.new, old != new {
      throw failure(
        file,
        "with -p\(strip) the header names two files, '\(String(decoding: old, as: UTF8.self))' and "
          + "'\(String(decoding: new, as: UTF8.self))'", hint: "try -p\(strip + 1)")
    }
    let task = FileTask(
      index: index, file: file, old: try checked(paths.old, file), new: try checked(paths.new, file)
    )
    guard task.new != nil || task.old != nil else {
      throw failure(file, "the header names no file")
    }
    return task
  }

  private func checked(_ path: [UInt8]?, _ file: FilePatch) throws(PatchkitError) -> TreePath? {
    guard let path else { return nil }
    do {
      return try TreePath(
        ofPatch: options.directory.isEmpty ? path : options.directory + [0x2F] + path)
    } catch {
      let shown = String(decoding: FilePatch.quoted(error.path.prefix(200)), as: UTF8.self)
      throw failure(
        file, "the path '\(shown)' \(error.reason.rawValue)",
        hint: "patches never touch paths outside the tree; do not apply this one by hand")
    }
  }

  private func failure(_ file: FilePatch, _ message: String, hint: String? = nil) -> PatchkitError {
    PatchkitError.patch(
      input: patch.input, location: patch.location(file.header.lowerBound), message: message,
      hint: hint)
  }

  /// Another `-p` with which a file patch would name a file of the tree: shown, never taken.
  func alternative(to task: FileTask, in tree: any KernelTree) -> (strip: Int, path: TreePath)? {
    let used = options.strip ?? task.file.usualStrip
    for strip in 0...4 where strip != used {
      guard let old = task.file.paths(strip: strip)?.old, let path = try? TreePath(old),
        let found = try? tree.file(at: path), found.mode != .symlink
      else { continue }
      return (strip, path)
    }
    return nil
  }
}
