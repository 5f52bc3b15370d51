"""Properties for the tests: each type that a filter can meet, under wire names."""

from shared.domain.expression import Column, Type

PROPERTIES = {
    "id": Column("id", Type.INTEGER),
    "uid": Column("uid", Type.GUID),
    "reference": Column("reference", Type.STRING),
    "fileType": Column("file_type", Type.STRING),
    "title": Column("title", Type.STRING),
    "numLinks": Column("num_links", Type.INTEGER),
    "width": Column("width", Type.INTEGER),
    "height": Column("height", Type.INTEGER),
    "sizeInBytes": Column("size_in_bytes", Type.INTEGER),
    "createdOn": Column("created_on", Type.MOMENT),
    "modifiedOn": Column("modified_on", Type.MOMENT),
    "price": Column("price", Type.DECIMAL),
    "hidden": Column("hidden", Type.BOOLEAN),
    "birthday": Column("birthday", Type.DATE),
    "exposure": Column("exposure", Type.DURATION),
}
