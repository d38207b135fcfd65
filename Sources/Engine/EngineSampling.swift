import Sampling
import Scheduling

/// From logits to tokens, for all rows of a step.
extension EngineLoop {
    /// One sample per row of the plan, in its order; the rows that sample share the threads of the pool.
    ///
    /// A row with drafts is asked output after output for as long as its choices are what was drafted: each choice is
    /// made from the logits and the history that it would be made from without drafts.
    mutating func sample() {
        // The samples let go of the chosen tokens before those are written.
        memory.samples.removeAll(keepingCapacity: true)
        memory.chosen.removeAll(keepingCapacity: true)
        openRows()
        var round = 0
        while chooseOnce(round) { round += 1 }
        for (place, row) in memory.plan.rows.enumerated() {
            let choice = memory.choices[place]
            memory.samples.append(sample(choice, of: row))
            if row.draftCount > 0, choice.count > 0 { note(accepted: choice.count - 1, of: row) }
        }
    }

    private func sample(_ choice: RowChoice, of row: PlannedRow) -> RowSample {
        switch choice.count {
        case 0: choice.hasFailed ? (choice.isBarred ? .barred : .failed) : .none
        case 1: .token(memory.chosen[choice.start])
        default: .tokens(memory.chosen[choice.start..<choice.start + choice.count])
        }
    }

    /// Makes room for what will be chosen, and reports on prompts.
    private mutating func openRows() {
        memory.choices.removeAll(keepingCapacity: true)
        var output = 0
        for (place, row) in memory.plan.rows.enumerated() {
            let isUsable =
                model.finiteTokens(row: place) >= row.count && (row.outputs != .all || score(row, firstOutput: output))
            output += row.outputCount
            let generation = generations[row.id]
            generation?.forgetChosen()
            memory.choices.append(
                RowChoice(
                    firstOutput: output - 1 - row.draftCount, start: memory.chosen.count,
                    isOpen: isUsable && row.samples && generation != nil, hasFailed: !isUsable))
            memory.chosen.append(contentsOf: repeatElement(0, count: 1 + row.draftCount))
        }
    }

    /// Asks the next output of every row that is open; false if there is none.
    private mutating func chooseOnce(_ round: Int) -> Bool {
        memory.sampled.removeAll(keepingCapacity: true)
        board.removeAll()
        for (place, row) in memory.plan.rows.enumerated() where memory.choices[place].isOpen {
            guard let generation = generations[row.id] else { continue }
            memory.sampled.append(memory.choices[place].firstOutput + round)
            board.add(generation.chooser)
        }
        guard !memory.sampled.isEmpty else { return false }
        model.visitLogits(of: memory.sampled, by: board)
        for place in memory.plan.rows.indices where memory.choices[place].isOpen { take(at: place, round) }
        return true
    }

    /// Takes what a row chose; the row stays open if that is what was drafted.
    private mutating func take(at place: Int, _ round: Int) {
        let row = memory.plan.rows[place]
        memory.choices[place].isOpen = false
        guard let generation = generations[row.id], let token = generation.takeChoice() else {
            // Behind drafts that were right the row ends here, and the next step meets the same failure.
            memory.choices[place].hasFailed = round == 0
            memory.choices[place].isBarred = generations[row.id]?.isBarred ?? false
            return
        }
        memory.chosen[memory.choices[place].start + round] = token
        memory.choices[place].count = round + 1
        let drafts = scheduler.drafts(of: row)
        memory.choices[place].isOpen =
            round < row.draftCount && drafts[drafts.startIndex + round] == token
            && !generation.request.sampling.stopTokens.contains(token)
            && model.finiteTokens(row: place) > row.count + round
    }

    /// Reports the prompt tokens of a row; false if their logits are not usable.
    private func score(_ row: PlannedRow, firstOutput: Int) -> Bool {
        guard let generation = generations[row.id] else { return false }
        for offset in 0..<row.outputCount {
            let isFinite = model.withLogits(row: firstOutput + offset) { logits in
                generation.score(
                    logits.extracting(first: model.vocabulary), position: row.position + offset, by: board)
            }
            guard isFinite else { return false }
        }
        return true
    }
}
