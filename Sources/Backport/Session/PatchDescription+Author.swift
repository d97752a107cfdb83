// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
package import PatchFormat

extension PatchDescription {
  /// The author and the date of a commit of the patch; nil where the message names no author.
  package var commitAuthor: CommitRequest.Author? {
    author.map {
      CommitRequest.Author(
        name: $0.name, email: $0.email, date: date.map { ($0.seconds, $0.zoneMinutes) })
    }
  }
}
