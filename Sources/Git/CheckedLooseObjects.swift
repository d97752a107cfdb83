// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Synchronization

/// Reads loose objects for libgit2, whose own reading never ends on a truncated file (1.5).
///
/// libgit2's stores of loose objects stay for writing and for listing; only their reading functions are
/// replaced, so an object that is damaged is an error that names its file.
enum CheckedLooseObjects {
  /// The folders of objects, by the address of the store that reads them.
  private static let folders = Mutex<[UInt: [String]]>([:])

  /// Replaces the reading functions in an object database.
  static func install(in database: OpaquePointer, folders: [String]) {
    for position in 0..<(unsafe git_odb_num_backends(database)) {
      var found: UnsafeMutablePointer<git_odb_backend>?
      // Of libgit2's stores only those of loose objects write streams.
      guard unsafe git_odb_get_backend(&found, database, position) == 0,
        let store = unsafe found, unsafe store.pointee.writestream != nil
      else { continue }
      let address = UInt(bitPattern: store)
      Self.folders.withLock { $0[address] = folders }
      unsafe replaceReading(of: store)
    }
  }

  @unsafe private static func replaceReading(of store: UnsafeMutablePointer<git_odb_backend>) {
    unsafe store.pointee.read = { data, length, type, store, id in
      guard let store = unsafe store, let id = unsafe id else { return -1 }
      return unsafe CheckedLooseObjects.read(ObjectID(id.pointee), store, data, length, type)
    }
    unsafe store.pointee.read_header = { length, type, store, id in
      guard let store = unsafe store, let id = unsafe id else { return -1 }
      return unsafe CheckedLooseObjects.read(ObjectID(id.pointee), store, nil, length, type)
    }
    unsafe store.pointee.read_prefix = { found, data, length, type, store, id, count in
      guard let store = unsafe store, let found = unsafe found,
        let listed = unsafe store.pointee.exists_prefix
      else { return -1 }
      // This looks at names of files only.
      let code = unsafe listed(found, store, id, count)
      if code < 0 { return code }
      return unsafe CheckedLooseObjects.read(ObjectID(found.pointee), store, data, length, type)
    }
    unsafe store.pointee.readstream = nil
  }

  /// Hands an object to libgit2; without `data` only its kind and size.
  @unsafe private static func read(
    _ id: ObjectID, _ store: UnsafeMutablePointer<git_odb_backend>,
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ length: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?
  ) -> Int32 {
    let address = UInt(bitPattern: store)
    guard let folders = Self.folders.withLock({ $0[address] }), let inflater = Inflater() else {
      return -1
    }
    do throws(GitError) {
      guard let object = try LooseObject.read(id, in: folders, with: inflater) else {
        return GIT_ENOTFOUND.rawValue
      }
      return unsafe LibgitObject.hand(
        object.bytes[object.start...], object.kind, to: store, data, length, type)
    } catch {
      unsafe _ = git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), error.message)
      return -1
    }
  }
}
