// SPDX-License-Identifier: GPL-2.0-only

internal import ArgumentParser
internal import Backport
internal import Evaluation
internal import PatchFormat

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}

extension DistributionStyle: ExpressibleByArgument {}
