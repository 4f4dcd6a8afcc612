from trytond.model import Unique, fields
from trytond.pool import PoolMeta


class Party(metaclass=PoolMeta):
    __name__ = 'party.party'

    external_id = fields.Char("External ID", strip=False)
    segmenta_stage = fields.Char("Lifecycle stage")
    segmenta_churn = fields.Float("Churn probability")
    segmenta_orders = fields.Integer("Orders")

    @classmethod
    def __setup__(cls):
        super().__setup__()
        t = cls.__table__()
        cls._sql_constraints += [
            ('external_id_unique', Unique(t, t.external_id),
                'party_segmenta.msg_external_id_unique')]
