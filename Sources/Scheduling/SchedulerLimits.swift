/// How the KV memory is cut.
package struct PageBudget: Sendable, Equatable {
    /// Number of pages.
    package let count: Int
    /// Tokens that one page holds.
    package let tokens: Int

    /// A region of `count` pages of `tokens` tokens each.
    package init(count: Int, tokens: Int) {
        precondition(count > 0 && tokens > 0 && count < Int(PageID.max), "pages exist and hold something")
        self.count = count
        self.tokens = tokens
    }

    /// Tokens that fit into all pages together.
    package var capacity: Int { count * tokens }
}

/// What one step may cost.
package struct StepBudget: Sendable, Equatable {
    /// Tokens computed in one step.
    package let tokens: Int
    /// Rows of logits produced in one step.
    package let outputs: Int

    /// A budget of tokens and of logit rows.
    package init(tokens: Int, outputs: Int) {
        self.tokens = tokens
        self.outputs = outputs
    }
}

/// The bounds of the scheduler.
package struct SchedulerLimits: Sendable, Equatable {
    /// The KV memory.
    package let pages: PageBudget
    /// The cost of a step.
    package let step: StepBudget
    /// Sequences that hold pages at the same time.
    package let running: Int
    /// Sequences that may wait besides the running ones.
    package let waiting: Int
    /// Tokens of prompt and answer together.
    package let context: Int

    /// Limits that work together: a step has room for a token and a row of logits of every running sequence, and one
    /// token more, so that prompts are never starved.
    package init(pages: PageBudget, step: StepBudget, running: Int, waiting: Int, context: Int) {
        precondition(running > 0 && waiting >= 0 && context > 0, "limits are positive")
        precondition(step.tokens > running, "a step has room for every running sequence and a prompt token")
        precondition(step.outputs >= running, "a step has a row of logits for every running sequence")
        self.pages = pages
        self.step = step
        self.running = running
        self.waiting = waiting
        self.context = context
    }

    /// The most sequences that are alive at the same time.
    package var live: Int { running + waiting }

    /// Checks a request's size; returns how many tokens prompt and answer may have together.
    ///
    /// `maximumTokens` nil lets the answer grow until the context is full.
    /// - Throws: ``AdmissionError`` for an empty prompt, and for more tokens than the context or the cache holds.
    package func check(promptTokens: Int, maximumTokens: Int?) throws(AdmissionError) -> Int {
        guard promptTokens > 0 else { throw .emptyPrompt }
        let wanted = promptTokens.addingReportingOverflow(maximumTokens ?? 1)
        guard !wanted.overflow, wanted.partialValue <= context else {
            throw .promptTooLong(promptTokens: promptTokens, maximumTokens: maximumTokens, context: context)
        }
        guard wanted.partialValue <= pages.capacity else {
            throw .wouldNeverFit(tokens: wanted.partialValue, capacity: pages.capacity)
        }
        return maximumTokens == nil ? min(context, pages.capacity) : wanted.partialValue
    }
}
