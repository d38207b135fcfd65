import Engine
import Sampling
import Scheduling
import Testing

/// One submit, one ending, whoever causes it.
@Suite struct EndingTests {
    @Test func aReservedPlaceIsNeverRefused() async throws {
        let gate = Gate()
        let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2), beforeStep: { gate.pass() })
        let engine = run.engine
        let asked = request([1, 2], maximum: 2, seed: 1)
        let kept = try engine.admit([asked], choices: 2)
        #expect(Set(kept.ids).count == 2, "its sequences have their names before they are submitted")
        async let other = run.events(request([1], maximum: 1, seed: 1))
        await gate.awaitArrival()
        #expect(throws: AdmissionError.queueFull(limit: 3)) {
            try engine.admit([asked], choices: 1)
        }
        #expect(await run.events(request([1], maximum: 1, seed: 1)).ending == .rejected(.queueFull(limit: 3)))
        async let reserved: [GenerationEvent] = withCheckedContinuation { continuation in
            let collector = Collector { continuation.resume(returning: $0) }
            engine.submit(kept) { choice, event in if choice == 1 { collector.receive(event) } }
            engine.submit(kept) { _, _ in Issue.record("what was admitted is submitted once") }
        }
        gate.open()
        #expect(await reserved.ending == .length)
        #expect(await other.ending == .length)
    }

    @Test func unusedPlacesComeBack() throws {
        let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2))
        for _ in 0..<20 {
            _ = try run.engine.admit([request([1, 2], maximum: 2, seed: 1)], choices: 3)
        }
        #expect(throws: AdmissionError.tooManySequences(count: 4, limit: 3)) {
            try run.engine.admit([request([1, 2], maximum: 2, seed: 1)], choices: 4)
        }
        #expect(throws: AdmissionError.promptTooLong(promptTokens: 99, maximumTokens: 9, context: 100)) {
            let short = request([1], maximum: 1, seed: 1)
            _ = try run.engine.admit(
                [short, request(Array(repeating: 1, count: 99), maximum: 9, seed: 1)], choices: 1)
        }
    }

    @Test func cancellingEndsBeforeTheNextStep() async {
        let gate = Gate()
        let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2), beforeStep: { gate.pass() })
        let events: [GenerationEvent] = await withCheckedContinuation { continuation in
            let collector = Collector { continuation.resume(returning: $0) }
            let id = run.engine.submit(request([1, 2], maximum: 90, seed: 1)) { collector.receive($0) }
            Task {
                await gate.awaitArrival()
                if let id {
                    run.engine.cancel(id)
                    run.engine.cancel(id)
                }
                gate.open()
            }
        }
        #expect(events.ending == .cancelled && events.endings == 1)
        #expect(events.tokens.count <= 1)
        await run.drain(graceSeconds: 0)
        #expect(run.engine.load.usedPages == 0 && run.engine.load.running == 0)
    }

    @Test func drainingLetsRunningOnesFinish() async {
        let gate = Gate()
        let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2), beforeStep: { gate.pass() })
        async let first = run.events(request([1, 2], maximum: 9, seed: 1))
        await gate.awaitArrival()
        async let second = run.events(request([3, 4], maximum: 9, seed: 1))
        while run.engine.load.isDraining == false {
            run.engine.drain(graceSeconds: 100) {}
        }
        #expect(throws: AdmissionError.draining) {
            try run.engine.admit([request([1], maximum: 1, seed: 1)], choices: 1)
        }
        gate.open()
        #expect(await first.ending == .length)
        let late = await second.ending
        #expect(late == .length || late == .rejected(.draining))
        await run.drain(graceSeconds: 100)
        #expect(await run.events(request([1], maximum: 1, seed: 1)).ending == .rejected(.draining))
    }

    @Test func drainingWithoutGraceCancels() async {
        let gate = Gate()
        let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2), beforeStep: { gate.pass() })
        async let first = run.events(request([1, 2], maximum: 90, seed: 1))
        await gate.awaitArrival()
        async let end: Void = run.drain(graceSeconds: 0)
        while !run.engine.load.isDraining { await Task.yield() }
        gate.open()
        #expect(await first.ending == .cancelled)
        await end
    }

    @Test func anEngineThatIsDroppedEndsItsSequences() async {
        let gate = Gate()
        let events: [GenerationEvent] = await withCheckedContinuation { continuation in
            let collector = Collector { continuation.resume(returning: $0) }
            let run = EngineRun(EngineRun.limits(pages: 32, running: 1, waiting: 2), beforeStep: { gate.pass() })
            run.engine.submit(request([1, 2], maximum: 90, seed: 1)) { collector.receive($0) }
            gate.open()
        }
        #expect(events.endings == 1)
        #expect(events.ending == .cancelled || events.ending == .length)
    }

    /// Thousands of submissions and cancellations from several threads, and a drain in the middle of the last ones.
    @Test func everySubmissionEndsOnceWhateverHappens() async {
        let run = EngineRun(EngineRun.limits(pages: 24, running: 6, waiting: 20))
        let submitted = Counting()
        let ended = Counting()
        let twice = Counting()
        let reasons = (length: Counting(), cancelled: Counting(), rejected: Counting())
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    var dice = Dice(seed: worker + 1)
                    for step in 0..<1500 {
                        let prompt = (0..<1 + dice(25)).map { Int32($0 % 40) } + [Int32(dice(5))]
                        let one = Counting()
                        submitted.next()
                        let id = run.engine.submit(request(prompt, maximum: 1 + dice(8), seed: UInt64(step))) { event in
                            guard case .finished(let reason, _) = event else { return }
                            ended.next()
                            if one.next() > 1 { twice.next() }
                            switch reason {
                            case .length: reasons.length.next()
                            case .cancelled: reasons.cancelled.next()
                            default: reasons.rejected.next()
                            }
                        }
                        if dice(3) == 0, let id { run.engine.cancel(id) }
                        if dice(20) == 0 { await Task.yield() }
                    }
                    if worker == 0 { run.engine.drain(graceSeconds: 1000) {} }
                }
            }
        }
        await run.drain(graceSeconds: 1000)
        #expect(submitted.value == 6000 && ended.value == 6000 && twice.value == 0)
        #expect(reasons.length.value > 0 && reasons.cancelled.value > 0 && reasons.rejected.value > 0)
        #expect(run.engine.load.usedPages == 0)
        #expect(run.log.largestStep <= 19)
    }
}
