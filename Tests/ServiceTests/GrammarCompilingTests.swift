import Dispatch
import HTTP
import Service
import Synchronization
import Testing

/// H4, D2, L9: who compiles grammars, who waits for it, and who does not.
@Suite struct GrammarCompilingTests {
    private static let promptTokens = 20

    /// Threads that compile, as far as a test lets them: what is held has not begun.
    private final class Workers: Sendable {
        private struct State: Sendable {
            var held: [@Sendable () -> Void] = []
            /// How many may run at once.
            var places: Int
            var running = 0
            var started = 0
        }

        private let state: Mutex<State>

        /// Holds all workers, or none.
        init(isHeld: Bool) { state = Mutex(State(places: isHeld ? 0 : .max)) }

        /// Holds workers that start while so many are running.
        init(places: Int) { state = Mutex(State(places: places)) }

        /// Workers that were started so far.
        var started: Int { state.withLock { $0.started } }

        func start(_ worker: @escaping @Sendable () -> Void) -> Bool {
            let runs = state.withLock { state in
                state.started += 1
                guard state.running >= state.places else {
                    state.running += 1
                    return true
                }
                state.held.append(worker)
                return false
            }
            guard runs else { return true }
            worker()
            state.withLock { $0.running -= 1 }
            return true
        }

        func release() {
            let held = state.withLock { state in
                state.places = .max
                defer { state.held = [] }
                return state.held
            }
            for worker in held { worker() }
        }
    }

    private func server(_ workers: Workers, keys: [String] = []) throws -> TestServer {
        var options = TestServer.Options(keys: keys, waiting: 128, running: 16)
        options.compile = { _, worker in workers.start(worker) }
        // The threads that the product uses, so that whoever waits with one of them is noticed.
        options.run = { work in DispatchQueue.global(qos: .utility).async { work() } }
        return try TestServer(options) { _, _ in 0x61 }
    }

    private func fields(_ key: String? = nil, attempt: Int? = nil) -> Fields {
        var fields: Fields = ["content-type": "application/json"]
        if let key { fields.append("authorization", "Bearer \(key)") }
        if let attempt { fields.append("x-stainless-retry-count", "\(attempt)") }
        return fields
    }

    private func post(_ server: TestServer, _ members: String, _ fields: Fields) -> RecordingExchange {
        let body = #"{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 4, \#(members)}"#
        return server.send("POST", "/v1/chat/completions", body, fields: fields)
    }

    /// A request for a form that no other number has.
    private func structured(_ server: TestServer, _ number: Int, key: String? = nil) -> RecordingExchange {
        post(server, #""guided_regex": "[a-z]{\#(number + 1)}""#, fields(key))
    }

    @Test(.timeLimit(.minutes(2))) func h4_nobodyWaitsForGrammarsOfOthers() async throws {
        let workers = Workers(isHeld: true)
        let server = try server(workers)
        let hostile = (0..<16).map { structured(server, $0) }
        for attempt in [nil, 0] as [Int?] {
            for members in [#""stream": true"#, #""stream": false"#] {
                let plain = await post(server, members, fields(attempt: attempt)).ended()
                #expect(plain.status == 200, "parsed, computed and told")
            }
        }
        #expect(await server.post("/tokenize", #"{"content": "hi"}"#).status == 200)
        #expect(hostile.allSatisfy { $0.record.status == nil }, "nothing was compiled meanwhile")
        #expect(workers.started == 1, "one thread, however many grammars wait")
        workers.release()
        for exchange in hostile { #expect(await exchange.ended().status == 200) }
    }

    @Test(.timeLimit(.minutes(2))) func d2_oneKeyCannotTakeAllPlacesForCompiling() async throws {
        let workers = Workers(isHeld: true)
        let server = try server(workers, keys: ["greedy", "modest"])
        let places = 64
        let taken = (0..<places).map { structured(server, $0, key: "greedy") }
        let beyond = structured(server, places, key: "greedy")
        let other = structured(server, 0, key: "modest")
        // They arrive on threads of their own, so anyone of the greedy ones may be the last.
        while (taken + [beyond]).allSatisfy({ $0.record.status == nil }) { await Task.yield() }
        let refused = (taken + [beyond]).filter { $0.record.status != nil }
        #expect(refused.map(\.record.status) == [429] && other.record.status == nil)
        workers.release()
        #expect(await other.ended().status == 200)
        for exchange in taken + [beyond] { #expect([200, 429].contains(await exchange.ended().status)) }
    }

    @Test(.timeLimit(.minutes(2))) func d2_whatWasRefusedIsNotCompiledAgain() async throws {
        let workers = Workers(isHeld: false)
        let server = try server(workers)
        for _ in 0..<3 {
            let refused = await post(server, #""guided_regex": "(a""#, fields()).ended()
            #expect(refused.status == 400)
        }
        #expect(workers.started == 1)
    }

    @Test(.timeLimit(.minutes(2))) func l9_nothingTellsOneKeyWhatAnotherHasUsed() async throws {
        let workers = Workers(isHeld: false)
        let server = try server(workers, keys: ["one", "other"])
        for (key, compiled) in [("one", 1), ("one", 1), ("other", 2), ("one", 2), ("other", 2)] {
            #expect(await structured(server, 3, key: key).ended().status == 200)
            #expect(workers.started == compiled, "\(key)")
        }
        for (key, compiled) in [("one", 3), ("one", 3), ("other", 4)] {
            #expect(await post(server, #""guided_regex": "(b""#, fields(key)).ended().status == 400)
            #expect(workers.started == compiled, "refusals are no news either")
        }
    }

    @Test(.timeLimit(.minutes(2))) func d2_smallGrammarsDoNotStandBehindLargeOnes() async throws {
        // The second thread, to which goes what the first one does not finish soon, never comes to run.
        let workers = Workers(places: 1)
        let server = try server(workers)
        let large = (0..<4).map { number in
            post(server, #""guided_regex": "([a-z ]*e[a-z ]{4\#(number)}|[\\s\\S]*[aeiou1][\\s\\S]{30})*""#, fields())
        }
        for number in 0..<8 { #expect(await structured(server, number).ended().status == 200) }
        workers.release()
        // A fast machine finds that they are too complicated, or how to follow them, before the time is up.
        for exchange in large { #expect([200, 400].contains(await exchange.ended().status)) }
    }

    @Test(.timeLimit(.minutes(2))) func h4_whoWaitsForAGrammarMayLeave() async throws {
        let workers = Workers(isHeld: true)
        let server = try server(workers)
        for attempt in [nil, 0] as [Int?] {
            let leaving = post(server, #""guided_regex": "a{\#(attempt ?? 9)}""#, fields(attempt: attempt))
            leaving.closePeer()
        }
        let staying = structured(server, 1)
        server.timers.fire()
        workers.release()
        #expect(await staying.ended().status == 200)
        server.timers.fire()
        while server.live.total > 0 { await Task.yield() }
        #expect(server.live.total == 0)
    }

    @Test func h4_whereThereIsNoThreadTheRequestIsRefused() async throws {
        var options = TestServer.Options()
        options.compile = { _, _ in false }
        let server = try TestServer(options) { _, _ in 0x61 }
        #expect(await structured(server, 1).ended().status == 429)
        #expect(await post(server, #""seed": 1"#, fields()).ended().status == 200)
    }
}
