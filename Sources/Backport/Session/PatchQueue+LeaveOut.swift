// SPDX-License-Identifier: GPL-2.0-only

package import Host

extension PatchQueue {
  /// Throws if a file that is to be left out is in no patch, so that the name is mistyped, or if
  /// nothing of a patch is left.
  package func requireOmittedFiles() throws(PatchkitError) {
    let named = items.map { (item: $0, paths: $0.paths ?? []) }
    for name in items.first?.options.omitted ?? []
    where !named.contains(where: { $0.paths.contains(name) }) {
      throw PatchkitError(
        .badInput,
        "no patch changes '\(String(decoding: name, as: UTF8.self))', which --leave-out names",
        hint: "'patchkit stat' lists the files of the patches")
    }
    for (item, paths) in named where !paths.isEmpty && paths.allSatisfy(item.options.leavesOut) {
      throw PatchkitError(
        .badInput, "--leave-out names every file of '\(item.label)', so nothing of it is left",
        hint: "leave out the whole patch: do not name it, or use 'patchkit series rebase --drop'")
    }
  }
}
