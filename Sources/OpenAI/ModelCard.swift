import JSON

/// A model as `/v1/models` lists it.
package struct ModelCard: Sendable, Equatable {
    /// The id by which requests name it.
    package let id: String
    /// When it was loaded, Unix time in seconds.
    package let created: Int64
    /// The longest context in tokens; vLLM's member, read by several clients.
    package let contextTokens: Int

    /// The same model under another name.
    package func named(_ id: String) -> ModelCard {
        ModelCard(id: id, created: created, contextTokens: contextTokens)
    }

    /// A card.
    package init(id: String, created: Int64, contextTokens: Int) {
        self.id = id
        self.created = created
        self.contextTokens = contextTokens
    }

    /// The body of `/v1/models/{id}`.
    package func body() -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 160)
        write(to: &writer)
        return writer.bytes
    }

    /// The body of `/v1/models`.
    package static func list(_ cards: [ModelCard]) -> [UInt8] {
        var writer = JSONWriter(reservingBytes: 64 + 160 * cards.count)
        writer.beginObject()
        writer.key("object")
        writer.string("list")
        writer.key("data")
        writer.beginArray()
        for card in cards { card.write(to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(id)
        writer.key("object")
        writer.string("model")
        writer.key("created")
        writer.int(created)
        writer.key("owned_by")
        writer.string("michat")
        writer.key("max_model_len")
        writer.int(contextTokens)
        writer.endObject()
    }
}
