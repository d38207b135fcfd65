import JSON

/// `prediction`: what the answer may look like in large parts, as when a text is to be changed in few places.
enum Prediction {
    /// The predicted text; nil without one.
    /// - Throws: 400 naming the field at fault.
    static func text(_ reader: FieldReader) throws(APIError) -> String? {
        guard let object = try reader.object("prediction") else { return nil }
        let fields = FieldReader(object: object, prefix: reader.path("prediction."))
        return try ConversationReader.requiredContent(fields)
    }
}
