// SPDX-License-Identifier: GPL-2.0-only

import CGit2
import CSource
import Dispatch
import Foundation
import Glibc
import Synchronization

/// Outlines every C file below a folder, and prints a line for each function.
enum Outlines {
  static func run(_ folder: String) throws {
    bench_keep_freed_memory()
    let paths = files(below: folder)
    let next = Atomic(0)
    let total = Atomic(0)
    let results = Mutex<[[UInt8]]>([])
    DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
      var text: [UInt8] = []
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < paths.count else { break }
        guard let bytes = read(paths[index]) else { continue }
        total.add(bytes.count, ordering: .relaxed)
        let file = CSourceFile(bytes)
        for item in file.items where item.kind == .function {
          let name = file.name(of: item)
          let line = file.identifiers(of: item).first { $0.name == name }?.line
          text += name.utf8
          text.append(0x09)
          text += paths[index].utf8
          text.append(0x09)
          text += String(line ?? item.lines.lowerBound).utf8
          text.append(0x09)
          text += String(item.lines.upperBound).utf8
          text.append(0x09)
          text.append(0x0A)
        }
      }
      results.withLock { $0.append(text) }
    }
    for text in results.withLock({ $0 }) { try FileHandle.standardOutput.write(contentsOf: text) }
    let count = total.load(ordering: .relaxed)
    FileHandle.standardError.write(Data("\(paths.count) files, \(count) bytes\n".utf8))
  }

  /// The .c and .h files, links left out, in the order of the disk.
  private static func files(below root: String) -> [String] {
    var paths: [String] = []
    var folders = [root]
    while let folder = folders.popLast() {
      guard let stream = opendir(folder) else { continue }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) }
        if entry.pointee.d_type == UInt8(DT_DIR) {
          if name != ".", name != ".." { folders.append(folder + "/" + name) }
        } else if entry.pointee.d_type == UInt8(DT_REG), isC(name) {
          paths.append(folder + "/" + name)
        }
      }
    }
    return paths
  }

  private static func isC(_ name: String) -> Bool {
    let end = name.utf8.suffix(2)
    return end.first == UInt8(ascii: ".")
      && (end.last == UInt8(ascii: "c") || end.last == UInt8(ascii: "h"))
  }

  private static func read(_ path: String) -> [UInt8]? {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    return Array(unsafeUninitializedCapacity: size) { buffer, count in
      while count < size, let base = buffer.baseAddress {
        let got = Glibc.read(file, base + count, size - count)
        if got <= 0 { break }
        count += got
      }
    }
  }
}
