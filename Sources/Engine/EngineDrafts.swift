import Models
import Sampling
import Scheduling

/// Where the drafts of a step came from.
enum DraftSource {
    /// The request's own text, or its prediction.
    case text
    /// The model's drafting layer.
    case model
    /// The constraint of the answer, which leaves nothing else.
    case form
}

/// The outcome of the drafts of a row, until its tokens are delivered.
struct CheckedDrafts {
    var accepted = 0
    var rejected = 0

    /// Marks the next token that is delivered.
    mutating func mark(_ token: inout GeneratedToken) {
        token.isDrafted = accepted > 0
        if accepted > 0 {
            accepted -= 1
        } else {
            token.rejectedDrafts = rejected
            rejected = 0
        }
    }
}

/// What drafting leaves for the next step to use again: memory, and the drafts of the step.
struct DraftMemory {
    var batch = DraftBatch()
    /// The drafting layer's drafts: one for each sequence of `wanting`, pass after pass.
    var drafts: [Int32] = []
    var wanting: [SequenceID] = []
    /// The drafts of one sequence.
    var guess: [Int32] = []

    /// Takes memory for the steps of a scheduler.
    mutating func reserve(_ limits: SchedulerLimits, pages: Int) {
        batch.reserve(tokens: limits.step.tokens, rows: limits.running, pages: pages)
        drafts.reserveCapacity(limits.running * ModelAcceptance.maximumDepth)
        wanting.reserveCapacity(limits.running)
        guess.reserveCapacity(Sequence.maximumDrafts)
    }

    mutating func removeAll() {
        batch.removeAll()
        drafts.removeAll(keepingCapacity: true)
        wanting.removeAll(keepingCapacity: true)
    }

    /// Collects the drafts of the drafting layer for one sequence.
    mutating func gatherGuess(at place: Int) {
        guess.removeAll(keepingCapacity: true)
        var index = place
        while index < drafts.count, drafts[index] >= 0 {
            guess.append(drafts[index])
            index += wanting.count
        }
    }
}

/// Drafting: what the next step tries besides what it must.
extension EngineLoop {
    /// Whether there is a drafting layer and it may be asked.
    var canAskModel: Bool { speculation.asksModel && model.canDraft }

    // MARK: The model's layer

    /// Takes the drafting layer over what the step computed, while its hidden states are there and nobody else can have
    /// its pages yet.
    mutating func draft() {
        memory.drafting.removeAll()
        guard canAskModel else { return }
        let depth = policy.modelDepth(sequences: scheduler.runningCount)
        fillDraftBatch(isWanted: depth > 0)
        guard !memory.drafting.batch.rows.isEmpty else { return }
        let start = now()
        model.beginDrafts(memory.drafting.batch, into: &memory.drafting.drafts)
        guard !memory.drafting.wanting.isEmpty else { return }
        let first = now()
        for _ in 1..<max(1, depth) { model.continueDrafts(into: &memory.drafting.drafts) }
        guard memory.plan.rows.allSatisfy({ $0.count == 1 }) else { return }
        policy.learnPasses(
            sequences: memory.drafting.wanting.count, depth: depth, firstSeconds: first - start,
            furtherSeconds: now() - first)
    }

    /// Collects the rows of the step whose sequences the layer has followed from their beginning.
    private mutating func fillDraftBatch(isWanted: Bool) {
        for (place, row) in memory.plan.rows.enumerated() where memory.samples[place] != .failed {
            guard let generation = generations[row.id], generation.isTracked else { continue }
            guard isWanted else {
                // What the layer misses now it would miss for ever.
                generation.isTracked = false
                continue
            }
            let choice = memory.choices[place]
            let run = memory.chosen[choice.start..<choice.start + choice.count]
            let goesOn = run.last.map { !generation.request.sampling.stopTokens.contains($0) } ?? false
            memory.drafting.batch.append(
                following: scheduler.following(row), run,
                at: .init(position: row.position, firstHidden: memory.batch.rows[place].tokens.lowerBound),
                pages: scheduler.pages(of: row.id) ?? [], wantsDrafts: goesOn)
            if goesOn { memory.drafting.wanting.append(row.id) }
        }
    }

    // MARK: Proposing

    /// Gives every sequence that generates the drafts that the next step tries.
    mutating func propose() {
        defer { proposeForced() }
        guard speculation.kind != .none else { return }
        if !memory.drafting.wanting.isEmpty, !policy.goesPlain() {
            for place in memory.drafting.wanting.indices {
                let id = memory.drafting.wanting[place]
                guard let generation = generations[id], scheduler.draftRoom(of: id) > 0 else { continue }
                memory.drafting.gatherGuess(at: place)
                guard !memory.drafting.guess.isEmpty else { continue }
                generation.draftSource = .model
                scheduler.propose(memory.drafting.guess, for: id)
            }
        }
        guard speculation.looksUp else { return }
        let price = policy.price(sequences: scheduler.runningCount)
        for row in memory.plan.rows where row.samples { lookUp(row.id, price: price) }
    }

    /// Proposes what the constraint of an answer leaves no choice about: such drafts are right for certain, and a run of them
    /// takes one step.
    private mutating func proposeForced() {
        for row in memory.plan.rows where row.samples {
            guard let generation = generations[row.id], generation.chooser.isConstrained else { continue }
            let room = scheduler.draftRoom(of: row.id)
            guard room > 0 else { continue }
            memory.drafting.guess.removeAll(keepingCapacity: true)
            generation.chooser.appendForced(room, to: &memory.drafting.guess)
            guard !memory.drafting.guess.isEmpty else { continue }
            generation.draftSource = .form
            scheduler.propose(memory.drafting.guess, for: row.id)
        }
    }

    /// From this price on, in tokens, short matches are not worth trying.
    private static var dearPrice: Double { 0.25 }

    /// Proposes what followed the sequence's last tokens before, if that is likely enough to follow again.
    private mutating func lookUp(_ id: SequenceID, price: Double) {
        let room = min(scheduler.draftRoom(of: id), speculation.lookupDrafts)
        guard room > 0, let generation = generations[id] else { return }
        // Where the layer has drafts or a draft is dear, a text that repeats itself must say more than that by chance.
        let isDemanding = price > Self.dearPrice || (canAskModel && generation.isTracked)
        let least = isDemanding ? NGramLookup.tellingMatch : NGramLookup.leastMatch
        let generated = generation.usage.completionTokens
        let prediction = generation.request.prediction
        memory.drafting.guess.removeAll(keepingCapacity: true)
        let count = generation.lookups.count(price: price, expected: policy.lookupChance, limit: room)
        guard count > 0 else { return }
        NGramLookup.guess(
            count, after: scheduler.knownTokens(of: id).span, generated: generated, prediction: prediction.span,
            leastMatch: least, into: &memory.drafting.guess)
        guard !memory.drafting.guess.isEmpty else { return }
        generation.draftSource = .text
        scheduler.propose(memory.drafting.guess, for: id)
    }

    // MARK: Learning

    /// Takes note of how many of a row's drafts were right.
    mutating func note(accepted: Int, of row: PlannedRow) {
        guard let generation = generations[row.id], let source = generation.draftSource else { return }
        switch source {
        case .form: return metrics.count(forced: accepted)
        case .text:
            generation.lookups.learn(drafted: row.draftCount, accepted: accepted)
            policy.learnLookup(drafted: row.draftCount, accepted: accepted)
        case .model: policy.learnRound(drafted: row.draftCount, accepted: accepted)
        }
        generation.checked = CheckedDrafts(accepted: accepted, rejected: row.draftCount - accepted)
        metrics.count(source, drafted: row.draftCount, accepted: accepted)
    }
}
