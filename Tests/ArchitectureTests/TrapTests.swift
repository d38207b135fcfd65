import Testing

/// Every check that ends the process, and why no request can fail it: a trap takes everybody's answers with it.
///
/// A new one has to be listed here with its reason, or better be an error of the request that fails it.
@Suite struct TrapTests {
    private enum Reason {
        /// Compares sizes that were fixed when the model was loaded; every shape of step is computed in the tests of
        /// kernels and golden tensors.
        case shapes
        /// Holds for every plan of the scheduler: rows without tokens, positions, pages, counts. The simulation demands
        /// it of 100,000 random plans, and the fake model of the equality tests refuses what a real one would.
        case plans
        /// Concerns settings, which are checked when they are read, or what is done before the first request.
        case start
        /// Belongs to commands that serve nobody: bench, convert.
        case commands
        /// The order of calls inside one object, walked through by its own tests.
        case order
        /// The operating system does not fail here once the process runs.
        case system
        /// Called by tests only.
        case tests
    }

    private static let known: [String: (count: Int, reason: Reason)] = [
        "Bench/Divergence.swift": (1, .commands),
        "Bench/FigureTable.swift": (1, .commands),
        "Bench/StepPartBench.swift": (1, .commands),
        "Engine/Speculation/SpeculationOptions.swift": (1, .start),
        "Grammar/Definition/GrammarNode.swift": (1, .order),
        "HTTP/RequestParser.swift": (1, .order),
        "HTTP/ResponseEncoder.swift": (1, .order),
        "HTTP/Router.swift": (2, .start),
        "Kernels/Attention.swift": (11, .shapes),
        "Kernels/AttentionPlan.swift": (7, .plans),
        "Kernels/Compute.swift": (9, .shapes),
        "Kernels/Decoding.swift": (1, .start),
        "Kernels/Encoding.swift": (1, .start),
        "Kernels/Matrix.swift": (1, .start),
        "Kernels/MatrixLayout.swift": (1, .start),
        "Kernels/Operations.swift": (11, .shapes),
        "Kernels/KVCache.swift": (2, .plans),
        "Kernels/PlainList.swift": (1, .order),
        "Kernels/RotaryTable.swift": (2, .start),
        "Kernels/RowSelection.swift": (5, .shapes),
        "Kernels/RowVisitor.swift": (1, .plans),
        "Kernels/Soundness.swift": (3, .shapes),
        "Kernels/Tensor.swift": (3, .shapes),
        "Models/ArchitectureSpec.swift": (1, .start),
        "Models/DraftOptions.swift": (1, .start),
        "Models/DraftPass.swift": (1, .start),
        "Models/RotaryFrequencies.swift": (2, .start),
        // Tokens of prompts and predictions are held against the vocabulary when they are submitted.
        "Models/StepLayout.swift": (2, .plans),
        "Models/Transformer.swift": (2, .plans),
        "Models/Workspace.swift": (1, .start),
        "OpenAI/CompletionIdentity.swift": (1, .order),
        "Platform/ComputePool.swift": (2, .shapes),
        "Platform/Digest.swift": (1, .system),
        "Platform/FileDescriptor.swift": (1, .order),
        "Platform/MappedFile.swift": (1, .start),
        "Platform/NewFile.swift": (2, .start),
        "Platform/OSThread.swift": (1, .start),
        "Platform/Randomness.swift": (1, .system),
        "Platform/SocketSources.swift": (2, .order),
        "Sampling/TokenMask.swift": (3, .shapes),
        "Scheduling/Invariants.swift": (11, .tests),
        "Scheduling/PagePool.swift": (1, .plans),
        "Scheduling/Planning.swift": (1, .plans),
        "Scheduling/PrefixIndex.swift": (2, .plans),
        "Scheduling/Scheduler.swift": (3, .plans),
        "Scheduling/SchedulerLimits.swift": (4, .start),
        "Scheduling/Sequence.swift": (2, .plans),
        "Telemetry/Metric.swift": (1, .start),
        "Telemetry/Registry.swift": (4, .start),
        "Weights/CheckpointFolder.swift": (1, .start),
        "Weights/GGUFFile.swift": (1, .start),
        "Weights/GGUFWriter.swift": (3, .commands),
        "Weights/PackedFile.swift": (1, .start),
    ]

    @Test func h3_everyCheckThatEndsTheProcessIsKnown() throws {
        var found: [String: Int] = [:]
        for path in Repository.files(below: "Sources", endings: ["swift"]) {
            let count = try SourceCode(path: path).lines.reduce(0) { sum, line in
                sum + line.matches(of: /\b(?:precondition|preconditionFailure|assert|assertionFailure)\(/).count
            }
            if count > 0 { found[String(path.dropFirst("Sources/".count))] = count }
        }
        for (path, count) in found {
            let known = Self.known[path]?.count ?? 0
            #expect(count <= known, "\(path) has \(count) checks that end the process; \(known) are known")
        }
        for (path, entry) in Self.known {
            #expect(found[path] == entry.count, "\(path) has fewer checks than the list says")
        }
    }

    /// What a client's bytes may reach directly is free of them, but for the order of a parser's own states.
    @Test func h3_whatReadsBytesOfClientsHasNoTraps() {
        let open = ["JSON", "OpenAI", "Service", "Templating", "Tokenization", "Telemetry"]
        let reasons = Self.known.filter { path, _ in open.contains { path.hasPrefix($0 + "/") } }.map(\.value.reason)
        #expect(reasons.allSatisfy { $0 == .start || $0 == .order })
    }
}
