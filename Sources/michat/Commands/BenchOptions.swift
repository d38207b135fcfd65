import ArgumentParser
import Platform
import Serving
import Settings

/// Flags that all benches of a model have.
struct BenchOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Model")
    var model: SectionFlags<ModelSection>

    @OptionGroup(title: "Engine")
    var engine: SectionFlags<EngineSection>

    /// The settings in force.
    func settings() throws -> Configuration {
        let flags = model.given.merging(engine.given) { first, _ in first }
        return try SettingsSources(config: nil, flags: flags).resolve().configuration
    }

    /// The model, ready to compute.
    func load(_ settings: Configuration) throws -> LoadedModel {
        var bar = LoadProgressBar(verb: "loading", isShown: Terminal.isErrorInteractive)
        let file = try ModelFile(settings)
        let plan = try ServingPlan(file, settings)
        try plan.check()
        return try LoadedModel.load(file, plan, settings, progress: { bar.show($0) })
    }

    /// Numbers separated by commas.
    static func numbers(_ text: String, _ flag: String, _ range: ClosedRange<Int>) throws -> [Int] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }.filter(range.contains)
        guard !numbers.isEmpty, numbers.count == parts.count else {
            throw ValidationError(
                "\(flag) takes numbers from \(range.lowerBound) to \(range.upperBound), separated by commas")
        }
        return numbers
    }
}
