// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
internal import Evaluation
internal import PatchFormat

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}

extension DistributionStyle: ExpressibleByArgument {}
