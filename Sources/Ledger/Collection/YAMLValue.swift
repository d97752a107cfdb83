// SPDX-License-Identifier: GPL-2.0-only

internal import CYAML

/// A value that is written as YAML, by libyaml.
indirect enum YAMLValue {
  /// A text, quoted where it has to be.
  case text(String)
  /// A text between double quotes.
  case quoted(String)
  /// The lines of a text, each on a line of its own.
  case lines(String)
  /// A list with an entry on each line.
  case list([YAMLValue])
  /// A list on one line.
  case row([YAMLValue])
  /// A mapping with a pair on each line, in this order.
  case mapping([(String, YAMLValue)])

  /// The value as a document; what is not ASCII is escaped.
  ///
  /// - Throws: `YAMLDocument.Failure` where libyaml cannot write it.
  func document() throws(YAMLDocument.Failure) -> String {
    let emitter = try YAMLEmitter()
    try emitter.write(self)
    return emitter.text
  }
}

/// libyaml's emitter.
@safe private final class YAMLEmitter {
  private let emitter = UnsafeMutablePointer<yaml_emitter_t>.allocate(capacity: 1)
  private var output: [UInt8] = []

  init() throws(YAMLDocument.Failure) {
    // Where it fails, it has cleared what 'deinit' frees.
    guard unsafe yaml_emitter_initialize(emitter) == 1 else { throw Self.failure }
    unsafe yaml_emitter_set_width(emitter, -1)
    unsafe yaml_emitter_set_break(emitter, YAML_LN_BREAK)
    unsafe yaml_emitter_set_output(
      emitter,
      { owner, bytes, count in
        guard let owner = unsafe owner, let bytes = unsafe bytes else { return 0 }
        let emitter = unsafe Unmanaged<YAMLEmitter>.fromOpaque(owner).takeUnretainedValue()
        unsafe emitter.output += UnsafeBufferPointer(start: bytes, count: count)
        return 1
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    unsafe yaml_emitter_delete(emitter)
    unsafe emitter.deallocate()
  }

  private static let failure = YAMLDocument.Failure(line: nil, problem: "it cannot be written")

  var text: String { String(decoding: output, as: UTF8.self) }

  /// Writes a whole document.
  func write(_ value: YAMLValue) throws(YAMLDocument.Failure) {
    try unsafe emit { unsafe yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
    try unsafe emit { unsafe yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
    try add(value)
    try unsafe emit { unsafe yaml_document_end_event_initialize($0, 1) }
    try unsafe emit { unsafe yaml_stream_end_event_initialize($0) }
    guard unsafe yaml_emitter_flush(emitter) == 1 else { throw Self.failure }
  }

  private func add(_ value: YAMLValue) throws(YAMLDocument.Failure) {
    switch value {
    case .text(let text): try add(text, YAML_ANY_SCALAR_STYLE)
    case .quoted(let text): try add(text, YAML_DOUBLE_QUOTED_SCALAR_STYLE)
    case .lines(let text): try add(text, YAML_LITERAL_SCALAR_STYLE)
    case .list(let values): try add(values, YAML_BLOCK_SEQUENCE_STYLE)
    case .row(let values): try add(values, YAML_FLOW_SEQUENCE_STYLE)
    case .mapping(let pairs):
      try unsafe emit {
        unsafe yaml_mapping_start_event_initialize($0, nil, nil, 1, YAML_BLOCK_MAPPING_STYLE)
      }
      for (key, value) in pairs {
        try add(key, YAML_ANY_SCALAR_STYLE)
        try add(value)
      }
      try unsafe emit { unsafe yaml_mapping_end_event_initialize($0) }
    }
  }

  private func add(_ values: [YAMLValue], _ style: yaml_sequence_style_t)
    throws(YAMLDocument.Failure)
  {
    try unsafe emit { unsafe yaml_sequence_start_event_initialize($0, nil, nil, 1, style) }
    for value in values { try add(value) }
    try unsafe emit { unsafe yaml_sequence_end_event_initialize($0) }
  }

  private func add(_ text: String, _ style: yaml_scalar_style_t) throws(YAMLDocument.Failure) {
    let bytes = Array(text.utf8)
    try unsafe emit { event in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        // libyaml requires a pointer that is not null.
        var none: UInt8 = 0
        return unsafe withUnsafePointer(to: &none) { none in
          unsafe yaml_scalar_event_initialize(
            event, nil, nil, bytes.baseAddress ?? none, Int32(bytes.count), 1, 1, style)
        }
      }
    }
  }

  private func emit(
    _ make: (UnsafeMutablePointer<yaml_event_t>) -> Int32
  ) throws(YAMLDocument.Failure) {
    var event = unsafe yaml_event_t()
    // The emitter frees the event, also where it fails.
    guard unsafe make(&event) == 1, unsafe yaml_emitter_emit(emitter, &event) == 1 else {
      throw Self.failure
    }
  }
}
