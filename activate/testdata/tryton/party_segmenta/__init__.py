from trytond.pool import Pool

from . import party


def register():
    Pool.register(party.Party, module='party_segmenta', type_='model')
