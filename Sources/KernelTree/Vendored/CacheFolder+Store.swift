// SPDX-License-Identifier: GPL-2.0-only

package import Host

extension CacheFolder {
  /// The folder for a kind of files: in the store of the project if there is one, else the user's;
  /// nil where there is no such folder.
  package static func path(_ kind: String) -> String? {
    guard let store = try? VendoredStore.find(from: ".") else { return ofUser(kind) }
    let own = store.own.folder(kind)
    guard (try? own.make()) != nil else { return nil }
    // The store may be kept in git; what can be made again is not.
    if (try? own.has(".gitignore")) == false {
      try? own.write(Array("*\n".utf8), to: ".gitignore")
    }
    return own.path
  }
}
