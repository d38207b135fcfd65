import Dispatch
import Platform

/// On which threads the service does what it need not do at once, and when.
package struct ServiceExecution: Sendable {
    /// Runs a piece of work, now or later, here or on another thread.
    package typealias Runner = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void
    /// Runs a piece of work when some seconds have passed.
    package typealias Timer = @Sendable (_ seconds: Double, _ work: @escaping @Sendable () -> Void) -> Void

    let run: Runner
    let runLarge: Runner
    let later: Timer
    let compile: GrammarCompiler.ThreadStart
    let reload: ReloadQueue.ThreadStart

    /// `run` runs the answering of requests with a body, `runLarge` that of those with a large one, `later` what has
    /// to wait, `compile` what compiles grammars, `reload` what loads a model.
    package init(
        run: @escaping Runner, runLarge: @escaping Runner, later: @escaping Timer,
        compile: @escaping GrammarCompiler.ThreadStart, reload: @escaping ReloadQueue.ThreadStart
    ) {
        self.reload = reload
        self.run = run
        self.runLarge = runLarge
        self.later = later
        self.compile = compile
    }

    /// Threads beside the connections', which have others to serve. Nothing that runs on the shared ones waits or
    /// takes long: large bodies are read one after the other on a thread of theirs, grammars are compiled on others.
    package static let besideConnections = ServiceExecution(
        run: { work in DispatchQueue.global(qos: .utility).async { work() } },
        runLarge: { [largeRequests = DispatchQueue(label: "large requests", qos: .utility)] work in
            largeRequests.async { work() }
        },
        later: { seconds, work in
            DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + seconds) { work() }
        },
        compile: GrammarCompiler.ownThread,
        reload: { work in startThreadIfPossible(named: "reload", stack: Self.reloadStackBytes, work) })

    /// Models are read by code that goes down into nested files.
    private static let reloadStackBytes = 8 << 20
}
