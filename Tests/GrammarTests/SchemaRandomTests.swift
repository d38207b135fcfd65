import Grammar
import JSON
import Testing

@Suite("Random schemas")
struct SchemaRandomTests {
    /// What may be refused among random schemas.
    private static let refusals = [
        "no value fulfils the schema", "may both hold", "where it must not hold", "minProperties is not supported",
        "arrays and objects can not be excluded", "contains is not supported twice",
    ]

    private static let negations = ["\"oneOf\"", "\"not\"", "\"if\""]

    @Test("what a grammar allows is what the schema allows", arguments: 0..<16)
    func agreement(_ seed: Int) throws {
        var checked = (valid: 0, invalid: 0, written: 0)
        var missed = 0
        for index in 0..<30 {
            var random = RandomSchema(seed: UInt64(seed * 1000 + index))
            let schema = random.document()
            let validator = SchemaValidator(root: schema)
            let values = (0..<20).map { _ in random.value(2) }
            let definition: GrammarDefinition
            do throws(GrammarError) {
                definition = try GrammarDefinition(schema: schema, options: .standard)
            } catch {
                #expect(Self.refusals.contains { error.reason.contains($0) }, "\(error) \(schema.serialized())")
                if error.reason.hasPrefix("no value") { #expect(!values.contains(where: validator.isValid)) }
                continue
            }
            for value in values {
                let isValid = validator.isValid(value)
                let texts = isValid ? RandomSchema.orders(value) : [value]
                let isAllowed = texts.contains { GrammarMatcher.accepts(definition, $0.serialized()) }
                // What must not hold is spelled out as far as it has a form: there may be less than what is valid.
                if isValid, !isAllowed, Self.negations.contains(where: schema.serialized().contains) {
                    missed += 1
                    continue
                }
                #expect(isAllowed == isValid, "\(value.serialized()) by \(schema.serialized())")
                if isValid { checked.valid += 1 } else { checked.invalid += 1 }
            }
            checked.written += try write(definition, validator, seed: UInt64(index))
        }
        #expect(checked.valid > 50 && checked.invalid > 100 && checked.written > 200, "\(checked)")
        #expect(missed * 8 < checked.valid, "\(missed) of \(checked)")
    }

    private func write(_ definition: GrammarDefinition, _ validator: SchemaValidator, seed: UInt64) throws -> Int {
        var walk = GrammarWalk(definition, seed: seed)
        var count = 0
        for index in 0..<12 {
            let written = walk.text(fuel: [5, 20, 60, 200][index % 4])
            let text = try #require(written)
            do throws(JSONError) {
                let value = try JSONParser.parse(text, limits: .request)
                #expect(
                    validator.isValid(value),
                    "\(String(decoding: text, as: UTF8.self)) by \(validator.root.serialized())")
                count += 1
            } catch {
                // That members which are not declared differ from each other is beyond a grammar.
                #expect(error.reason == "key appears twice in one object", "\(error)")
            }
        }
        return count
    }
}
