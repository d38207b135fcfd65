import Scheduling
import Testing

/// The scheduler's decisions as text.
@Suite struct DiagramTests {
    @Test func aPromptIsCutIntoChunksAndGenerates() throws {
        var trace = Trace(Trace.limits(pages: 16, running: 4, waiting: 4))
        try trace.submit("A", tokens(100, 20), maximum: 3)
        for _ in 0..<4 { trace.step() }
        #expect(
            trace.text == """
                A0-11
                A12-19*
                A20-20*
                A21-21* end A length
                """)
    }

    @Test func singleTokensAreServedBeforePrompts() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 4, waiting: 4))
        try trace.submit("A", tokens(100, 4), maximum: 5)
        trace.step()
        try trace.submit("B", tokens(200, 30), maximum: 1)
        for _ in 0..<3 { trace.step() }
        #expect(
            trace.text == """
                A0-3*
                A4-4* B0-10
                A5-5* B11-21
                A6-6* B22-29* end B length
                """)
    }

    @Test func aShortPromptOvertakesALongOneButNeverStarvesIt() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 4, waiting: 4))
        try trace.submit("L", tokens(100, 40), maximum: 1)
        trace.step()
        try trace.submit("S", tokens(200, 6), maximum: 1)
        trace.step()
        #expect(
            trace.text == """
                L0-11
                L12-17 S0-5* end S length
                """)
        try trace.submit("T", tokens(300, 9), maximum: 1)
        trace.step()
        #expect(trace.lines.last == "L18-20 T0-8* end T length")
    }

    @Test func aCachedPromptLeavesOneTokenAndWritesIntoItsOwnPage() throws {
        var trace = Trace(Trace.limits(pages: 8, running: 4, waiting: 4))
        try trace.submit("A", tokens(100, 8), maximum: 1)
        trace.step()
        try trace.submit("B", tokens(100, 8), maximum: 1)
        trace.step()
        try trace.submit("C", tokens(100, 9), maximum: 1)
        trace.step()
        #expect(
            trace.text == """
                A0-7* end A length
                copy 1→2:3 B7-7* end B length
                C8-8* end C length
                """)
    }

    @Test func theTailOfALivingSequenceIsCopied() throws {
        var trace = Trace(Trace.limits(pages: 8, running: 4, waiting: 4))
        try trace.submit("A", tokens(100, 6), maximum: 9)
        trace.step()
        try trace.submit("B", tokens(100, 6) + tokens(200, 2), maximum: 1)
        trace.step()
        #expect(
            trace.text == """
                A0-5*
                copy 1→2:2 A6-6* B6-7* end B length
                """)
    }

    @Test func equalPromptsAreComputedOnce() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 4, waiting: 4))
        for name in ["A", "B", "C"] { try trace.submit(name, tokens(100, 18), maximum: 2) }
        for _ in 0..<4 { trace.step() }
        #expect(
            trace.text == """
                A0-11
                A12-17*
                copy 4→5:1 copy 4→6:1 A18-18* B17-17* C17-17* end A length
                B18-18* C18-18* end B length end C length
                """)
        #expect(trace.scheduler.statistics.heldBack == 2)
    }

    @Test func aHeldSequenceGoesOnAloneWhenTheOtherLeaves() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 4, waiting: 4))
        for name in ["A", "B"] { try trace.submit(name, tokens(100, 18), maximum: 1) }
        trace.step()
        trace.cancel("A")
        trace.step()
        #expect(
            trace.text == """
                A0-11
                end A cancelled
                B12-17* end B length
                """)
    }

    @Test func aSaltSharesNothing() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 4, waiting: 4))
        try trace.submit("A", tokens(100, 8), maximum: 1)
        trace.step()
        try trace.submit("B", tokens(100, 8), maximum: 1, salt: [1])
        trace.step()
        try trace.submit("C", tokens(100, 8), maximum: 1, salt: [1])
        trace.step()
        #expect(
            trace.text == """
                A0-7* end A length
                B0-7* end B length
                copy 3→4:3 C7-7* end C length
                """)
    }

    @Test func theNewestPaysAndComesBackFirst() throws {
        var trace = Trace(Trace.limits(pages: 4, running: 2, waiting: 4))
        try trace.submit("A", tokens(100, 7), maximum: 7)
        try trace.submit("B", tokens(200, 3), maximum: 6)
        try trace.submit("C", tokens(300, 3), maximum: 1)
        for _ in 0..<11 { trace.step() }
        #expect(
            trace.text == """
                A0-6* B0-2*
                A7-7* B3-3*
                preempt B A8-8*
                A9-9*
                A10-10*
                A11-11*
                A12-12* end A length
                B0-4* C0-2* end C length
                B5-5*
                B6-6*
                B7-7* end B length
                """)
    }

    @Test func higherPriorityIsAdmittedFirst() throws {
        var trace = Trace(Trace.limits(pages: 32, running: 1, waiting: 4))
        try trace.submit("A", tokens(100, 4), maximum: 1)
        try trace.submit("B", tokens(200, 4), maximum: 1)
        try trace.submit("C", tokens(300, 4), maximum: 1, priority: 5)
        try trace.submit("D", tokens(400, 4), maximum: 1, priority: 5)
        for _ in 0..<4 { trace.step() }
        #expect(
            trace.text == """
                C0-3* end C length
                D0-3* end D length
                A0-3* end A length
                B0-3* end B length
                """)
    }
}
