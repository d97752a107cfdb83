// SPDX-License-Identifier: GPL-2.0-only

/// What the locator needs to know of a hunk: its two images and where it says to belong.
package struct HunkShape: Sendable {
  /// The pre-image's bytes, newlines included.
  package var preImage: [UInt8]
  /// The number of lines of the pre-image.
  package var preCount: Int
  /// The post-image's bytes, newlines included.
  package var postImage: [UInt8]
  /// The number of lines of the post-image.
  package var postCount: Int
  /// The line that the header states, from 0, in the coordinates of the pre-image.
  package var statedLine: Int
  /// Whether the hunk has to be at the start of the file.
  package var isAtStart: Bool
  /// Whether the hunk says to reach the end of the file.
  package var isAtEnd: Bool
  /// Whether the last line of the pre-image has no newline, so that it can only end a file.
  package var preImageEndsFile: Bool
  /// The line of the enclosing function as the header names it; empty where it names none.
  package var heading: [UInt8]
  /// Whether the hunk adds lines: only then does finding its post-image say something.
  package var addsLines: Bool

  /// Makes a shape from all of its parts.
  package init(
    preImage: [UInt8], preCount: Int, postImage: [UInt8], postCount: Int, statedLine: Int,
    isAtStart: Bool, isAtEnd: Bool, preImageEndsFile: Bool, heading: [UInt8], addsLines: Bool
  ) {
    self.preImage = preImage
    self.preCount = preCount
    self.postImage = postImage
    self.postCount = postCount
    self.statedLine = statedLine
    self.isAtStart = isAtStart
    self.isAtEnd = isAtEnd
    self.preImageEndsFile = preImageEndsFile
    self.heading = heading
    self.addsLines = addsLines
  }
}

/// A position in the target at which a hunk, or its result, fits.
public struct Candidate: Sendable, Hashable, Codable {
  /// The two images of a hunk: the text that it changes, and its result.
  public enum Image: String, Sendable, Hashable, Codable {
    /// The text that the hunk changes.
    case preImage = "pre-image"
    /// The text that the hunk would make.
    case postImage = "post-image"
  }
  /// The line: from 0 for a locator, from 1 in an outcome.
  public var line: Int
  /// Which image the target has there.
  public var image: Image
  /// The line of the function around the position, as git would put it after `@@`; empty for none.
  public var heading: [UInt8]

  /// The line of the function around the position as text; empty for none.
  public var function: String { String(decoding: heading, as: UTF8.self) }

  /// The candidate as a phrase, for a line that counts from 1.
  public var text: String {
    "line \(line)" + (image == .postImage ? ", which already has the result" : "")
      + (heading.isEmpty ? "" : ", below \(functionName.map { "\($0)()" } ?? "'\(function)'")")
  }

  /// The name before the first parenthesis of `function`; nil where it is not one of a function, but of a macro such as
  /// `SYSCALL_DEFINE3`.
  private var functionName: String? {
    guard let open = heading.firstIndex(of: UInt8(ascii: "(")) else { return nil }
    let name = heading[..<open].reversed().prefix { byte in
      byte == UInt8(ascii: "_") || byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
        || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
        || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }
    guard name.contains(where: { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }) else {
      return nil
    }
    return String(decoding: name.reversed(), as: UTF8.self)
  }

  private enum CodingKeys: String, CodingKey { case line, image, function, text }

  /// Reads a candidate from a report.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    line = try values.decode(Int.self, forKey: .line)
    image = try values.decode(Image.self, forKey: .image)
    heading = Array(try values.decode(String.self, forKey: .function).utf8)
  }

  /// Writes the candidate for a report.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(line, forKey: .line)
    try values.encode(image, forKey: .image)
    try values.encode(function, forKey: .function)
    try values.encode(text, forKey: .text)
  }

  /// Makes a candidate from a line, the image that is there and the function around it.
  public init(line: Int, image: Image, heading: [UInt8]) {
    self.line = line
    self.image = image
    self.heading = heading
  }
}

/// Where a hunk belongs, and why.
package enum Placement: Sendable, Hashable {
  /// Why the candidate is the only one.
  package enum Evidence: String, Sendable, Hashable, Codable {
    /// The line is the one that the header states.
    case stated
    /// The pre-image occurs nowhere else.
    case unique
    /// Only this candidate is in the function that the header names.
    case function
    /// Only this candidate is shifted as far as the neighboring hunks are.
    case neighbours
    /// Only this candidate keeps the hunks in their order.
    case order
  }

  /// Why a hunk has no position.
  package enum Absence: String, Sendable, Hashable, Codable {
    /// The pre-image is nowhere in the file.
    case notFound = "not-found"
    /// The pre-image is in the file, but not at the start or the end as the hunk requires.
    case notAtEdge = "not-at-edge"
    /// The file and the hunks repeat themselves so much that the search was given up.
    case tooManyCandidates = "too-many-candidates"
    /// The hunk has no line of context or removal, so nothing shows where it belongs.
    case noContext = "no-context"
    /// Another hunk of the patch uses the position.
    case overlaps
  }

  /// The hunk belongs at a line, from 0.
  case placed(line: Int, evidence: Evidence)
  /// The file already has the hunk's result at a line, and its pre-image nowhere.
  case alreadyApplied(line: Int)
  /// Several candidates are equally good.
  case ambiguous([Candidate])
  /// The hunk belongs nowhere.
  case absent(Absence)
}
