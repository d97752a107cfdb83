// SPDX-License-Identifier: GPL-2.0-only

/// Finds the known word that an unknown one probably means.
package enum SpellingSuggestion {
  /// The known word that is nearest; nil where none is near.
  package static func nearest(to word: String, among known: [String]) -> String? {
    let most = max(2, word.utf8.count / 3)
    let near = known.compactMap { known in
      EditDistance.between(Array(known.utf8), Array(word.utf8), most: most)
        .map { (distance: $0, name: known) }
    }
    return near.min { $0.distance < $1.distance }?.name
  }
}
