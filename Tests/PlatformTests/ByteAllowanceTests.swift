import Platform
import Testing

/// What is taken together never passes the capacity, and comes back to the byte.
@Suite struct ByteAllowanceTests {
    @Test func d1_whatIsTakenComesBackExactly() {
        let allowance = ByteAllowance(1 << 20)
        do {
            let claim = ByteClaim(allowance)
            #expect(claim.take(1000) && claim.grow(to: 5000) && claim.grow(to: 10))
            #expect(claim.bytes == 5000 && allowance.taken == 5000)
            claim.give(2000)
            claim.give(1 << 30)
            #expect(claim.bytes == 0 && allowance.taken == 0, "no more than was taken")
            #expect(claim.take(77))
        }
        #expect(allowance.taken == 0 && allowance.highest == 5000)
    }

    @Test func d1_thereIsNoRoomBeyondTheCapacity() {
        let allowance = ByteAllowance(1000)
        let first = ByteClaim(allowance)
        let second = ByteClaim(allowance)
        #expect(first.take(900))
        #expect(!second.take(101) && second.bytes == 0 && allowance.refusals == 1)
        #expect(second.take(100))
    }

    @Test func d1_largeHoldersLeaveAQuarterToSmallOnes() {
        let allowance = ByteAllowance(8 << 20)
        let large = ByteClaim(allowance)
        #expect(large.take(6 << 20))
        #expect(!large.take(1), "a large holder stops at three quarters")
        #expect(ByteClaim(allowance).take(4096), "a small one does not")
        #expect(large.couldTake(0) && !large.couldTake(1))
    }

    @Test func d1_whatIsThereAlreadyIsNotedBeyondTheCapacity() {
        let allowance = ByteAllowance(1000)
        let output = ByteClaim(allowance)
        output.note(5000)
        #expect(output.isExceeded && !ByteClaim(allowance).take(1))
        output.note(0)
        #expect(!output.isExceeded && allowance.taken == 0)
    }

    @Test func m1_aPartTakesFromTheWholeToo() {
        let whole = ByteAllowance(1000)
        let part = ByteAllowance(600, within: whole)
        #expect(part.take(500, total: 0) && whole.taken == 500)
        #expect(!part.take(200, total: 0) && whole.taken == 500, "what the part refuses is not left with the whole")
        part.give(500)
        #expect(whole.taken == 0 && part.taken == 0)
    }
}
