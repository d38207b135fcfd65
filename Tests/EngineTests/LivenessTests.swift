import Engine
import Scheduling
import Synchronization
import Testing

/// What shows from outside that the engine thread comes on.
@Suite struct LivenessTests {
    /// An engine that a closure can look at before it is there.
    private final class Window: Sendable {
        private let run = Mutex<EngineRun?>(nil)
        private let seen = Mutex<[Double]>([])
        private let time = Atomic<Int>(1000)

        var seconds: Double { Double(time.load(ordering: .sequentiallyConsistent)) }
        var heartbeats: [Double] { seen.withLock { $0 } }
        func show(_ run: EngineRun) { self.run.withLock { $0 = run } }
        func passTime(_ seconds: Int) { time.wrappingAdd(seconds, ordering: .sequentiallyConsistent) }
        func look() {
            guard let heartbeat = run.withLock({ $0?.engine.load.heartbeatSeconds }) else { return }
            seen.withLock { $0.append(heartbeat) }
        }
        func close() { run.withLock { $0 = nil } }
    }

    /// A step of 90 seconds whose first layer takes 80: the heartbeat is that of the layer, not that of the step.
    @Test func m3_aLongStepThatComesOnShowsIt() async {
        let window = Window()
        let run = EngineRun(
            EngineRun.limits(pages: 8, running: 1, waiting: 1),
            beforeStep: {
                window.passTime(80)
            },
            insideStep: {
                window.passTime(10)
                window.look()
            }, clock: { window.seconds })
        window.show(run)
        #expect(await run.events(request([1, 2], maximum: 1, seed: 1)).ending == .length)
        #expect(window.heartbeats == [1080])
        window.close()
        await run.drain(graceSeconds: 0)
    }
}
