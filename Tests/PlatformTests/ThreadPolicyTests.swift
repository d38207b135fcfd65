import Platform
import Testing

/// How many threads take part, on a made-up machine in made-up time.
@Suite struct ThreadPolicyTests {
    /// A machine on which `gains[n]` says how many times as fast as one thread n of them are.
    private struct Machine {
        var policy: ThreadPolicy
        var gains: [Double]
        static let windowSeconds = 0.05

        init(gains: [Double]) {
            policy = ThreadPolicy(threads: gains.count - 1)
            self.gains = gains
        }

        /// Computes for so many windows; returns how many times as much was done as by one thread.
        mutating func compute(windows: Int) -> Double {
            var done = 0.0
            for _ in 0..<windows {
                let gain = gains[policy.threads]
                done += gain
                policy.learn(
                    ThreadPolicy.Window(
                        spent: Self.windowSeconds, alone: policy.threads > 1 ? gain * Self.windowSeconds : 0))
            }
            return done / Double(windows)
        }
    }

    @Test func undisturbedThreadsAllStay() {
        var machine = Machine(gains: [0, 1, 1.5])
        #expect(machine.compute(windows: 1000) == 1.5)
        #expect(machine.policy.threads == 2)
    }

    @Test(arguments: [0.3, 0.6, 0.9, 1.0])
    func aBurnedCoreCostsNoMoreThanTheTrials(_ gain: Double) {
        var machine = Machine(gains: [0, 1, gain])
        #expect(machine.compute(windows: 1000) > 0.95)
    }

    @Test func aFreeCoreIsFoundAgain() {
        var machine = Machine(gains: [0, 1, 0.5])
        _ = machine.compute(windows: 500)
        machine.gains = [0, 1, 2]
        _ = machine.compute(windows: 17)
        #expect(machine.policy.threads == 2)
        #expect(machine.compute(windows: 100) == 2)
        // The core that is lost again after long is given up for a short while only.
        machine.gains = [0, 1, 0.5]
        _ = machine.compute(windows: 1)
        machine.gains = [0, 1, 2]
        _ = machine.compute(windows: 2)
        #expect(machine.policy.threads == 2)
    }

    /// One of eight cores is burned: seven threads do not wait for the eighth.
    @Test func onlyTheThreadTooManyIsLeftOut() {
        var machine = Machine(gains: [0, 1, 2, 3, 4, 5, 6, 6.8, 4])
        #expect(machine.compute(windows: 500) > 6.5)
        #expect(machine.policy.threads >= 7)
    }

    @Test func manyBurnedCoresAreOneFall() {
        var machine = Machine(gains: [0, 1, 1.9, 1.5, 1, 0.5, 0.5, 0.5, 0.5])
        #expect(machine.compute(windows: 1000) > 1.7)
    }

    @Test func oneThreadStaysOne() {
        var machine = Machine(gains: [0, 1])
        #expect(machine.compute(windows: 10) == 1)
        #expect(machine.policy.threads == 1)
    }

    @Test func numbersThatAreNoneDoNoHarm() {
        var policy = ThreadPolicy(threads: 2)
        for spent in [0, -1, .infinity, .nan] {
            for alone in [0, -1, .infinity, .nan] { policy.learn(ThreadPolicy.Window(spent: spent, alone: alone)) }
        }
        #expect((1...2).contains(policy.threads))
    }
}
