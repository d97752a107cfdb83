// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import Ports

/// One execution of a scenario, step by step.
package struct PortRunReport: Codable, Sendable {
  /// The patch's folder.
  package var patch: String
  /// The scenario.
  package var scenario: String
  /// The version of the functions.
  package var function: String
  /// The schedule that repeats it.
  package var schedule: String
  /// What happened.
  package var trace: ExecutionTrace

  /// Makes a report.
  package init(
    patch: String, scenario: String, version: PortVersion, schedule: Schedule,
    trace: ExecutionTrace
  ) {
    self.patch = patch
    self.scenario = scenario
    function = version.description
    self.schedule = schedule.description
    self.trace = trace
  }
}
