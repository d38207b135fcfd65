import OrderedCollections

/// How many places each tenant and each request holds: what turns are taken by.
///
/// With four places, a request A of six sequences that came first, and then a request B of one:
///
///     places  A1 A2 A3 A4     queue  A5 A6
///     places  A1 A2 A3 B1     queue  A4 A5 A6     B came: A4 loses its place, and is next to get one
///
/// A place changes hands only if the one that loses it keeps at least as many as the one that gains it then has: nothing
/// goes back and forth. The first to come that holds no place is next, so nobody waits for ever.
struct Shares: Sendable, Equatable {
    private var tenants: [Int: Int] = [:]
    private var requests: [UInt64: Int] = [:]

    /// Nobody holds any of so many places.
    init(places: Int) {
        tenants.reserveCapacity(places)
        requests.reserveCapacity(places)
    }

    /// Places of the sequence's tenant.
    func ofTenant(_ sequence: borrowing Sequence) -> Int { tenants[sequence.options.tenant] ?? 0 }

    /// Places of the sequence's request.
    func ofRequest(_ sequence: borrowing Sequence) -> Int { requests[sequence.request] ?? 0 }

    /// A sequence takes a place.
    mutating func take(_ sequence: borrowing Sequence) {
        tenants[sequence.options.tenant, default: 0] += 1
        requests[sequence.request, default: 0] += 1
    }

    /// A sequence gives its place back.
    mutating func giveBack(_ sequence: borrowing Sequence) {
        let (tenant, request) = (ofTenant(sequence) - 1, ofRequest(sequence) - 1)
        tenants[sequence.options.tenant] = tenant > 0 ? tenant : nil
        requests[sequence.request] = request > 0 ? request : nil
    }
}

/// When a waiting sequence gets a place: a smaller turn comes first.
private struct Turn: Comparable {
    let priority: Int
    /// Places that its tenant and its request hold, or will hold when it is next.
    let tenantPlaces: Int
    let requestPlaces: Int
    let arrival: Int

    static func < (one: Turn, other: Turn) -> Bool {
        guard one.priority == other.priority else { return one.priority > other.priority }
        return (one.tenantPlaces, one.requestPlaces, one.arrival)
            < (other.tenantPlaces, other.requestPlaces, other.arrival)
    }
}

/// Turns between tenants and requests.
extension Scheduler {
    /// Place in the queue of the sequence that gets the next place; nil if the queue is empty or held back.
    func placeInTurn() -> Int? {
        var best: (place: Int, turn: Turn)?
        for place in waiting.values.indices where !isHeld(at: place) {
            let turn = turn(of: waiting.values[place])
            if best.map({ turn < $0.turn }) ?? true { best = (place, turn) }
        }
        return best?.place
    }

    private func turn(of sequence: borrowing Sequence) -> Turn {
        Turn(
            priority: sequence.options.priority, tenantPlaces: shares.ofTenant(sequence),
            requestPlaces: shares.ofRequest(sequence), arrival: sequence.arrival)
    }

    /// Gives places of those that hold more than their share to those whose turn it is and who could not begin.
    mutating func takeTurns(_ plan: inout StepPlan) {
        var hasTaken = false
        while let place = placeInTurn(), !plan.preempted.contains(waiting.values[place].id) {
            let loser = placeToLose(to: waiting.values[place])
            guard hasTaken || loser != nil else { return }
            if running.count < limits.running, wouldFit(at: place) {
                // A request that needs no place of others is admitted.
                guard hasTaken, seat(at: place, &plan) != .noRoom else { return }
            } else {
                guard let loser else { return }
                preempt(at: loser, &plan)
                statistics.turns += 1
                hasTaken = true
            }
        }
    }

    /// Place among the running of the sequence that gives way to a waiting one: the latest of the request that holds most
    /// of the tenant that holds most; nil if nobody holds too much.
    private func placeToLose(to newcomer: borrowing Sequence) -> Int? {
        let (tenantPlaces, requestPlaces) = (shares.ofTenant(newcomer), shares.ofRequest(newcomer))
        var best: (place: Int, tenantPlaces: Int, requestPlaces: Int, arrival: Int)?
        for place in running.values.indices {
            let sequence = running.values[place]
            guard sequence.options.priority <= newcomer.options.priority else { continue }
            let held = (tenant: shares.ofTenant(sequence), request: shares.ofRequest(sequence))
            let isOfTenant = sequence.options.tenant == newcomer.options.tenant
            guard isOfTenant ? held.request >= requestPlaces + 2 : held.tenant >= tenantPlaces + 2 else { continue }
            if let best,
                (held.tenant, held.request, sequence.arrival) < (best.tenantPlaces, best.requestPlaces, best.arrival)
            {
                continue
            }
            best = (place, held.tenant, held.request, sequence.arrival)
        }
        return best?.place
    }

    /// The queue in the order in which it would be admitted if nobody came or went.
    package func waitingInTurn() -> [SequenceID] {
        var (ofTenant, ofRequest) = ([Int: Int](), [UInt64: Int]())
        var turns: [(id: SequenceID, turn: Turn)] = waiting.values.map { sequence in
            let ahead = ofRequest[sequence.request, default: shares.ofRequest(sequence)]
            ofRequest[sequence.request] = ahead + 1
            let turn = Turn(
                priority: sequence.options.priority, tenantPlaces: 0, requestPlaces: ahead, arrival: sequence.arrival)
            return (sequence.id, turn)
        }
        turns.sort { $0.turn < $1.turn }
        for place in turns.indices {
            guard let sequence = waiting[turns[place].id] else { continue }
            let ahead = ofTenant[sequence.options.tenant, default: shares.ofTenant(sequence)]
            ofTenant[sequence.options.tenant] = ahead + 1
            turns[place].turn = Turn(
                priority: turns[place].turn.priority, tenantPlaces: ahead,
                requestPlaces: turns[place].turn.requestPlaces, arrival: sequence.arrival)
        }
        return turns.sorted { $0.turn < $1.turn }.map(\.id)
    }
}
