// SPDX-License-Identifier: GPL-2.0-only

import Host
import Ledger
import PortCheck

extension PatchFolder {
  /// The scenarios in C of the patch: the files of its folder `scenarios`, by name.
  func scenarios() throws -> [CScenario] {
    let folder = "\(path)/scenarios"
    guard InputFile.kind(of: folder) == .folder else { return [] }
    return try InputFile.names(in: folder).filter { $0.hasSuffix(".c") }.sorted().map {
      let file = "\(folder)/\($0)"
      return CScenario(path: file, text: try InputFile.read(file, largest: 4 << 20))
    }
  }
}

extension CScenario {
  /// The scenario in C with a name, `SCENARIO` or `PATCH/SCENARIO`, of a patch below `Patches`; nil if there
  /// is none.
  ///
  /// - Throws: if several patches have a scenario of that name.
  static func named(_ name: String) throws -> (folder: PatchFolder, scenario: CScenario)? {
    guard InputFile.kind(of: "Patches") == .folder else { return nil }
    var found: [(folder: PatchFolder, scenario: CScenario)] = []
    for folder in try PatchFolder.all(in: ["Patches"]) {
      for scenario in try folder.scenarios()
      where scenario.name == name || "\(folder.name)/\(scenario.name)" == name {
        found.append((folder, scenario))
      }
    }
    if found.count > 1 {
      throw PatchkitError(
        .badInput, "several patches have a scenario '\(name)'",
        hint: found.map { "\($0.folder.name)/\($0.scenario.name)" }.joined(separator: " or "))
    }
    return found.first
  }
}
