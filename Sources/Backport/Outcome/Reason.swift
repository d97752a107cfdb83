// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
package import PatchFormat
package import TextAlign

/// Why a hunk or a file does not apply, or applies elsewhere: every reason that an outcome gives is
/// written here.
///
/// A reason is one sentence without a full stop. The terminal, JSON and `verify` show it as it is.
package enum Reason {
  // MARK: Hunks

  /// The target has the result at a line, from 1, where that is known.
  case resultPresent(line: Int?)
  /// The text fits several positions equally well.
  case severalPositions(count: Int, someHaveResult: Bool)
  /// What is left of the text fits several positions equally well.
  case severalPositionsReduced(count: Int)
  /// The locator found no position.
  case absent(Placement.Absence, edge: Edge)
  /// A hunk without context, positioned only by its stated line.
  case zeroContext
  /// Two hunks change the same lines.
  case overlaps
  /// A line without a newline would have another one after it.
  case joinsLines
  /// The file changed the same lines, at a line from 1.
  case conflict(line: Int, HunkMerge.Reason)
  /// A proposal that is not sure enough, at a line from 1.
  case proposed(line: Int, Confidence, doubt: String?)
  /// The target has none of some lines that the hunk changes, and nothing in their stead.
  case lackingLines(count: Int)
  /// The target does not have the function that the hunk changes, nor any line that it removes.
  case lackingFunction(String)
  /// The user decided to leave the part out.
  case leftOutByDecision
  /// The user decided that no candidate is meant.
  case noCandidateByDecision

  // MARK: Files

  /// The target does not have the file.
  case noSuchFile(alternative: (strip: Int, path: TreePath)?)
  /// The hunks fit several other files.
  case severalFiles([TreePath])
  /// Another file has some of the text.
  case tracesIn(TreePath)
  /// No file of the target is like it.
  case nothingAlike
  /// A different file is used instead of the missing one.
  case movedTo(Relocation)
  /// The user decided which file is meant.
  case fileByDecision
  /// The user decided to leave the file out.
  case missingFileLeftOut
  /// The command line leaves the file out.
  case leftOutByOption
  /// The patch deletes a file that the target does not have, and the target has all else.
  case deletedAlready
  /// The patch makes a file that the target has.
  case exists(hasSameContent: Bool)
  /// The file has the mode that the patch sets.
  case modePresent(String)
  /// A binary patch without its data.
  case binaryWithoutData
  /// Binary data that cannot be unpacked.
  case binaryDamaged
  /// A binary patch for another pre-image.
  case binaryOther
  /// The lines of the patch are written with the line ends of the file.
  case lineEndsFollow(LineEnds)
  /// Blanks at the ends of added lines are left out.
  case trailingBlanks(count: Int)
  /// Nothing but the line ends differs.
  case lineEndsDiffer(file: LineEnds)
  /// A line with a NUL byte.
  case holdsNUL
  /// A deletion that leaves lines.
  case linesRemain
  /// A symbolic link that no system can hold.
  case badLinkTarget
  /// A copy that is reverse-applied and is not its source.
  case copyDiffers
  /// A submodule.
  case submodule
  /// A patch of a link, and a file in the tree; or the reverse.
  case otherKind(isPatchOfLink: Bool)
  /// A change of type by the mode alone.
  case typeByMode
  /// The object of the file was built before the patch and fails with it; the compiler's first error.
  case buildFails(String?)

  /// The part of the file at which a hunk says that it is.
  package enum Edge: String { case start, end, endWithoutNewline = "end, without a newline" }

  /// How the file was found that is used instead of another.
  package enum Relocation: String {
    case history = "the history renames it to this file"
    case name = "a file with the same name is in this folder"
    case spelling = "only the spelling of the name differs"
    case text = "its text is in this file"
    case function = "the function moved to this file"
  }

  /// The reason as one sentence without a full stop.
  package var sentence: String {
    switch self {
    case .resultPresent(let line?): "the file already has the result of the hunk at line \(line)"
    case .resultPresent(nil): "the file already has its result"
    case .severalPositions(let count, let someHaveResult):
      "its text fits \(count) positions equally well"
        + (someHaveResult ? ", some of which already have its result" : "")
    case .severalPositionsReduced(let count):
      "the rest of its text fits \(count) positions equally well"
    case .absent(let absence, let edge): Self.sentence(absence, edge)
    case .zeroContext:
      "the hunk has no context, so its position is not certain; --unidiff-zero applies it at its stated line"
    case .overlaps: "another hunk of the patch changes the same lines"
    case .joinsLines:
      "a line without a newline, at the end of the file or of the patch, would not be the last one"
    case .conflict(let line, let reason): "at line \(line) \(reason.rawValue)"
    case .proposed(let line, let confidence, let doubt):
      "only a \(confidence.rawValue) proposal, at line \(line): "
        + (doubt ?? "less sure than --accept requires")
    case .lackingLines(let count):
      "the file does not have \(count == 1 ? "a line" : "\(count) lines") that the hunk changes: not needed"
    case .lackingFunction(let name):
      "not needed here: the folder has no function \(name)(), and the file no line that the hunk removes"
    case .leftOutByDecision: "left out, as you decided"
    case .noCandidateByDecision: "not at any of the candidate positions, as you decided"
    case .noSuchFile(let alternative):
      "there is no such file"
        + (alternative.map { "; with -p\($0.strip) it would be '\($0.path)', which exists" } ?? "")
    case .severalFiles(let paths):
      "there is no such file, and the hunks fit equally well in "
        + paths.map(\.description).joined(separator: ", ")
    case .tracesIn(let path): "there is no such file; \(path) has some of its text"
    case .nothingAlike: "there is no such file, and no file like it in the tree"
    case .movedTo(let relocation): relocation.rawValue
    case .fileByDecision: "as you decided"
    case .missingFileLeftOut: "there is no such file: left out, as you decided"
    case .leftOutByOption: "left out, as --leave-out asks"
    case .deletedAlready: "the file is already deleted"
    case .exists(let hasSameContent):
      hasSameContent
        ? "the file already exists, with the content of the patch"
        : "the file already exists"
    case .modePresent(let mode): "the file already has the mode \(mode)"
    case .binaryWithoutData:
      "the binary file differs, and the patch does not have its data: make the patch with --binary"
    case .binaryDamaged: "the binary data is damaged"
    case .binaryOther: "the binary patch was made for a different version of the file"
    case .lineEndsFollow(let ends):
      "its lines are written with \(ends == .crlf ? "CR LF" : "LF"), as all lines of the file end"
    case .trailingBlanks(let count):
      "blanks at the \(count == 1 ? "end of an added line" : "ends of \(count) added lines") are left out"
    case .lineEndsDiffer(let ends):
      "only the line ends differ: the lines of the file end with "
        + (ends == .mixed ? "CR LF and LF mixed" : ends == .crlf ? "CR LF" : "LF")
    case .holdsNUL:
      "a line of the patch has a NUL byte, which libgit2 cannot apply: make the patch with --binary"
    case .linesRemain: "the file has more lines than the patch deletes"
    case .badLinkTarget: "a symbolic link cannot have that target"
    case .copyDiffers: "the copy differs from its source by more than the patch shows"
    case .submodule: "the patch changes a submodule"
    case .otherKind(let isPatchOfLink):
      isPatchOfLink
        ? "the patch changes a symbolic link, and the tree has a file"
        : "the patch changes a file, and the tree has a symbolic link"
    case .typeByMode:
      "the patch turns a file into a symbolic link, or the reverse, by its mode alone"
    case .buildFails(let error):
      "the build newly fails with the patch" + (error.map { ": \($0)" } ?? "")
    }
  }

  private static func sentence(_ absence: Placement.Absence, _ edge: Edge) -> String {
    switch absence {
    case .notFound: "the lines that the hunk changes are not in the file"
    case .tooManyCandidates:
      "the file and the patch repeat the same lines too often, so the search was stopped"
    case .notAtEdge:
      "the file has the lines, but not at its \(edge.rawValue), where the hunk needs them"
    case .noContext:
      "the hunk has no context, so only its line number shows where it belongs"
    case .overlaps: Reason.overlaps.sentence
    }
  }
}
