import ArgumentParser
import Kernels
import Models
import Platform
import Serving
import Settings
import Weights

/// From a folder or a file to a GGUF file.
struct Convert: Command {
    static let configuration = CommandConfiguration(
        abstract: "Write a model as a GGUF file.",
        discussion: """
            Takes a folder as published, or a GGUF file. Matrices that are stored as plain numbers are quantised on the \
            way; norms and biases stay exact, and what is in blocks already stays as it is. \
            Formats may be spelled as other programs do: Q4_K, q4_k_m.

            Examples:
              michat convert MiMo-7B-RL mimo.gguf --quantize q4_k
              michat convert model-bf16.gguf model-q8_0.gguf --quantize q8_0
            """)

    @Argument(help: "A folder or a GGUF file.")
    var source: String

    @Argument(help: "The GGUF file to write.")
    var target: String

    @Option(help: ArgumentHelp("\(Quantisation.names); none keeps the numbers as they are.", valueName: "format"))
    var quantize = "none"

    @Flag(help: "Write the drafting layer too; michat reads it, llama.cpp refuses the file for this family.")
    var mtp = false

    @Flag(help: "Replace the target if it is there.")
    var force = false

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    func run() throws {
        try reporting {
            guard let quantisation = Quantisation(spelling: quantize) else {
                throw ValidationError("--quantize takes \(Quantisation.names)")
            }
            if FileName.isTaken(target), !force {
                throw CommandFailure("\(target) is there already; --force replaces it")
            }
            let settings = try SettingsSources(config: nil, flags: engine.given).resolve().configuration
            let model = try ModelFile(path: source)
            let conversion = try ModelConversion(model.file, quantisation, includesDraft: mtp)
            let values = try conversion.values() + GGUFText(model, rows: conversion.vocabulary).values()
            try write(conversion, values, try LoadedModel.compute(settings))
            let report = ConversionReport(conversion.outcomes, quantisation)
            Terminal.print(report.formats)
            for note in report.notes { Terminal.note(note) }
        }
    }

    private func write(
        _ conversion: ModelConversion, _ values: [(String, GGUFValue)], _ compute: Compute
    ) throws {
        let start = Clock.monotonicSeconds()
        let file: NewFile
        do {
            file = try NewFile(path: target, isPrivate: false)
        } catch {
            throw WeightsError(file: target, reason: "\(error)")
        }
        var bar = LoadProgressBar(verb: "converting", isShown: Terminal.isErrorInteractive)
        try conversion.write(
            to: { (tensors) throws(WeightsError) in try GGUFWriter(file, values: values, tensors: tensors) },
            compute: compute, progress: { bar.show($0) })
        let seconds = Int((Clock.monotonicSeconds() - start).rounded())
        Terminal.print("\(target): \(conversion.architecture), \(Size.text(file.count)), written in \(seconds) s")
        if conversion.canDraft, !conversion.includesDraft {
            Terminal.note("the drafting layer is left out; --mtp writes it for michat")
        }
    }
}

extension Quantisation {
    /// All that a file can hold, for help and errors.
    static var names: String {
        allCases.filter { $0.usualFormat?.isInFiles ?? true }.map(\.rawValue).joined(separator: ", ")
    }
}
