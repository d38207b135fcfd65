/// Which kernels to compute with. Those with a rival are tried on this machine first.
package struct KernelChoice: Equatable, Sendable {
    /// The kernels that were chosen.
    package let instructionSet: InstructionSet
    /// Why a set that promised more was left out; nil when none was.
    package let remark: String?

    /// The best of what this processor can run.
    package static let automatic = KernelChoice(best: InstructionSet.available)

    /// The last of `sets`, or its rival if that computes as fast or has other results.
    package init(best sets: [InstructionSet]) {
        let last = sets.last ?? .scalar
        guard let rival = last.rival else {
            self.init(instructionSet: last, remark: nil)
            return
        }
        let (candidate, reference) = (KernelTrial.compute(last), KernelTrial.compute(rival))
        do throws(MatrixError) {
            let agrees = try KernelTrial.agree(candidate, reference)
            let speedup = agrees ? try KernelTrial.speedup(of: candidate, over: reference) : 0
            self.init(of: last, and: rival, agrees: agrees, speedup: speedup)
        } catch {
            self.init(instructionSet: rival, remark: "\(last.rawValue) could not be tried: \(error)")
        }
    }

    /// What a trial of a set against its rival comes to.
    package init(of last: InstructionSet, and rival: InstructionSet, agrees: Bool, speedup: Double) {
        if !agrees {
            self.init(instructionSet: rival, remark: "\(last.rawValue) gives other bits here")
        } else if speedup > 1 {
            self.init(instructionSet: last, remark: nil)
        } else {
            self.init(instructionSet: rival, remark: "\(last.rawValue) is no faster here")
        }
    }

    private init(instructionSet: InstructionSet, remark: String?) {
        self.instructionSet = instructionSet
        self.remark = remark
    }

    /// A set that somebody asked for, which must be available; throws when it does not agree with its rival.
    /// - Throws: `KernelChoiceError` where the set gives other bits than its rival, or the trial failed.
    package init(demanding set: InstructionSet) throws(KernelChoiceError) {
        instructionSet = set
        remark = nil
        guard let rival = set.rival else { return }
        let agrees: Bool
        do throws(MatrixError) {
            agrees = try KernelTrial.agree(KernelTrial.compute(set), KernelTrial.compute(rival))
        } catch {
            throw .untried(set, error)
        }
        if !agrees { throw .disagrees(set, rival) }
    }
}

/// Why kernels that were asked for are not used.
package enum KernelChoiceError: Error, Equatable, Sendable {
    /// The first gives other bits than the second on this machine.
    case disagrees(InstructionSet, InstructionSet)
    /// The trial could not be made.
    case untried(InstructionSet, MatrixError)
}

extension KernelChoiceError: CustomStringConvertible {
    /// A sentence for the user.
    package var description: String {
        switch self {
        case .disagrees(let set, let rival):
            "\(set.rawValue) gives other results than \(rival.rawValue) on this machine and is not used; "
                + "auto and \(rival.rawValue) work"
        case .untried(let set, let error): "\(set.rawValue) could not be tried: \(error)"
        }
    }
}
